"""What routing has said of a case, from its acts: each turn of a holder, with the number of transfers before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.routing.domain.windows import RENEWING, REOPENING
from shared.lifecycle import ActKind
from shared.vocabulary import ANSWERED, AWAITING_FOLLOW_UP, UNVERIFIED

TURNS = frozenset({ActKind.VERIFICATION, ActKind.FORWARD, "departure"})
_SAID_UNVERIFIED = frozenset({ActKind.CORRECTION, *REOPENING})


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """An act as it was done; `holder` and `state` are those after it."""

    complaint_id: UUID
    kind: str
    at: datetime
    agency: str | None
    holder: str
    state: str
    classification: str | None
    reason: str | None
    sealed: str | None
    next_date: date | None = None
    corrected_kind: str | None = None


@dataclass(frozen=True, slots=True)
class RestatedAct:
    """An act with the transfers until then; `previous` is who held the case before, `turns` whether a turn begins.

    `windows` were given until then, and `cycle` counts the resolutions; of a reopening to be verified, verifications.
    """

    act: RecordedAct
    transfers: int
    previous: str
    turns: bool
    windows: int = 0
    cycle: int = 1


def first_holder(acts: Iterable[RecordedAct], holder: str) -> str:
    """Whom the case was assigned to, as far as is known: a verification may have named another agency."""
    return next((act.holder for act in acts), holder)


def restated(acts: Iterable[RecordedAct], holder: str) -> Iterator[RestatedAct]:
    """The acts of a verified case in order, of others the corrections. `holder` is whom it was assigned to."""
    transfers, windows, cycle, verifications = 0, 0, 1, 1
    for act in acts:
        if act.state == UNVERIFIED and act.kind not in _SAID_UNVERIFIED:
            continue
        turns, reopens = act.kind in TURNS, act.kind in REOPENING
        transfers += (turns and act.kind != ActKind.VERIFICATION) or (reopens and act.state == AWAITING_FOLLOW_UP)
        windows += act.kind in RENEWING and act.state == ANSWERED
        verifications += reopens and act.state == UNVERIFIED
        cycle += reopens and act.state != UNVERIFIED
        yield RestatedAct(act, transfers, holder, turns, windows, verifications if act.state == UNVERIFIED else cycle)
        holder = act.holder
