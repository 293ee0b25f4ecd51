"""The table of the lifecycle, open to anyone: what can be done with a complaint, by whom, and what follows."""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.identity.callers import public
from shared.lifecycle.acts import ACT_LABELS, PARTY_LABELS, Party
from shared.lifecycle.clocks import CLOCKS_IN, CONTINUED_IN, PAUSED_IN
from shared.lifecycle.effects import paused_by, resumed_by, started_by, stopped_by
from shared.lifecycle.table import MOST_HOLDS, MOST_TRANSFERS, TRANSITIONS
from shared.lifecycle.transitions import Passes, Receiver, Transition, WasVerified
from shared.vocabulary import CLOCK_NAMES, STATE_LABELS

router = APIRouter()


class StateView(BaseModel):
    """A state, its official label, and the clocks that run, go on if they ran before, or pause in it."""

    state: str
    label: str
    clocks: list[str]
    continued: list[str]
    paused: list[str]


class TransitionView(BaseModel):
    """A row of the table. Of several rows for one act, each holds for other people or other cases."""

    act: str
    label: str
    by: list[str]
    before: list[str]
    after: str | None = Field(description="The state afterwards; the same as before for an act that changes none.")
    returns: list[str] = Field(
        description="One of these states comes back: that in which the complaint was interrupted, or its end."
    )
    receiver: Receiver = Field(description="Who holds the complaint afterwards: the same, the one named, the verifier.")
    passes: Passes = Field(description="Whether it must have been passed on few times, or many, for the row to hold.")
    verified: WasVerified = Field(description="Whether the complaint must have been verified for the row to hold.")
    undoes: bool = Field(description="Whether it holds only for what the reporter did before the automatic closing.")
    stops: list[str] = Field(description="Clocks that end with the act.")
    starts: list[str] = Field(description="Clocks that begin with the act, or begin anew.")
    pauses: list[str] = Field(description="Clocks that pause from the act on.")
    resumes: list[str] = Field(description="Clocks that go on after the act, if they had paused.")
    tells: list[str]
    events: list[str]


class LifecycleView(BaseModel):
    """All states and all transitions; `parties` says in words what each entry of `by` means."""

    states: list[StateView]
    transitions: list[TransitionView]
    parties: Mapping[Party, str]
    clocks: Mapping[str, str]
    most_transfers: int
    most_holds: int


@router.get("/lifecycle")
@public
async def show_lifecycle() -> LifecycleView:
    """The table by which routing decides."""
    states = [
        StateView(
            state=s,
            label=STATE_LABELS[s],
            clocks=sorted(clocks),
            continued=sorted(CONTINUED_IN.get(s, ())),
            paused=sorted(PAUSED_IN.get(s, ())),
        )
        for s, clocks in CLOCKS_IN.items()
    ]
    return LifecycleView(
        states=states,
        transitions=[_view(row) for row in TRANSITIONS],
        parties=PARTY_LABELS,
        clocks=CLOCK_NAMES,
        most_transfers=MOST_TRANSFERS,
        most_holds=MOST_HOLDS,
    )


def _view(row: Transition) -> TransitionView:
    return TransitionView(
        act=row.act,
        label=ACT_LABELS[row.act],
        by=sorted(row.by),
        before=[state for state in CLOCKS_IN if state in row.before],
        after=row.after,
        returns=[state for state in CLOCKS_IN if state in row.returns],
        receiver=row.receiver,
        passes=row.passes,
        verified=row.verified,
        undoes=row.undoes,
        stops=sorted(stopped_by(row)),
        starts=sorted(started_by(row)),
        pauses=sorted(paused_by(row)),
        resumes=sorted(resumed_by(row)),
        tells=[" ".join(filter(None, audience)) for audience in row.tells],
        events=list(row.events),
    )
