"""The life of a complaint as one table: which act is done in which state and by whom, and what follows from it.

Only routing applies the table, under the lock of the case. Whatever shows or offers an act reads it here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.acts import ABOVE_VERIFIER as ABOVE_VERIFIER
from shared.acts import ACT_LABELS as ACT_LABELS
from shared.acts import ADMIN as ADMIN
from shared.acts import BY_REPORTER as BY_REPORTER
from shared.acts import BY_SYSTEM as BY_SYSTEM
from shared.acts import HOLDERS_LEADER as HOLDERS_LEADER
from shared.acts import HOLDERS_LIAISON as HOLDERS_LIAISON
from shared.acts import LEADER_OVER as LEADER_OVER
from shared.acts import OF_HOLDER as OF_HOLDER
from shared.acts import PARTY_LABELS as PARTY_LABELS
from shared.acts import VERIFIER as VERIFIER
from shared.acts import ActKind as ActKind
from shared.acts import Party as Party
from shared.vocabulary import (
    ANSWERED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    CONTACT,
    COORDINATOR,
    FOLLOW_UP,
    IN_PROGRESS,
    LEADER,
    LIAISON,
    LIFE,
    OMBUDSMAN,
    RESOLUTION,
    UNVERIFIED,
    VERIFICATION,
    WINDOW,
    WITHDRAWN,
    ClockName,
    EventType,
    Role,
    State,
)

# How often a case is passed on before an agency above its verifier decides.
MOST_TRANSFERS = 3
# How many working days a reporter has to reopen what was archived, or closed without the reporter.
REOPENING_DAYS = 10


# Who holds a case after an act: as before; whoever the act names, or as proposed; the verifier.
Receiver = Literal["same", "named", "verifier"]
Passes = Literal["any", "few", "many"]
WasVerified = Literal["any", "yes", "no"]
Audience = tuple[Literal["reporter", "holder", "verifier"], Role | None]
REPORTER: Audience = ("reporter", None)
LIAISON_OF_HOLDER: Audience = ("holder", LIAISON)
LEADER_OF_HOLDER: Audience = ("holder", LEADER)
COORDINATOR_OF_HOLDER: Audience = ("holder", COORDINATOR)
COORDINATOR_OF_VERIFIER: Audience = ("verifier", COORDINATOR)


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: `by` may do the `act` in one of `before`, and the case is then in the state `after`.

    An act without `after` changes no state: no clock begins or ends with it.

    `passes` says whether the row holds for a case that was passed on fewer than MOST_TRANSFERS times, or for others.
    `verified` says whether it holds for a case that has been verified, or for one that has not.
    `renews` are clocks that begin anew although they run before and after. `tells` are those who get a message.
    """

    act: ActKind
    by: frozenset[Party]
    before: frozenset[State]
    after: State | None
    events: tuple[EventType, ...]
    tells: tuple[Audience, ...]
    receiver: Receiver = "same"
    passes: Passes = "any"
    verified: WasVerified = "any"
    renews: frozenset[ClockName] = frozenset()

    def after_from(self, state: State) -> State:
        """The state of a case after the act that was in this state before it."""
        return self.after or state


_VERIFIED = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})
_HANDLERS = frozenset({OF_HOLDER, HOLDERS_LIAISON, HOLDERS_LEADER})
_OPEN = _VERIFIED | {UNVERIFIED}
_EVERYWHERE = frozenset(get_args(State))
_TO_HOLDER = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)


def _quiet(
    act: ActKind,
    by: Collection[Party],
    before: frozenset[State],
    events: tuple[EventType, ...] = (),
    tells: tuple[Audience, ...] = (),
) -> Transition:
    return Transition(act, by=frozenset(by), before=before, after=None, events=events, tells=tells)


def _forward(by: Collection[Party], receiver: Receiver, passes: Passes) -> Transition:
    return Transition(
        act=ActKind.FORWARD,
        by=frozenset(by),
        before=_VERIFIED,
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_FORWARDED,),
        tells=_TO_HOLDER,
        receiver=receiver,
        passes=passes,
        renews=frozenset({FOLLOW_UP}),
    )


def _withdraw(before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        act=ActKind.WITHDRAWAL,
        by=frozenset({BY_REPORTER}),
        before=frozenset(before),
        after=WITHDRAWN,
        events=(EventType.COMPLAINT_WITHDRAWN,),
        tells=tells,
    )


def _reopen(
    act: ActKind,
    before: State,
    after: State,
    verified: WasVerified = "any",
    tells: tuple[Audience, ...] = _TO_HOLDER,
) -> Transition:
    return Transition(
        act=act,
        by=frozenset({BY_REPORTER}),
        before=frozenset({before}),
        after=after,
        events=(EventType.COMPLAINT_REOPENED,),
        tells=tells,
        verified=verified,
    )


def _close(act: ActKind, by: Party) -> Transition:
    return Transition(
        act=act,
        by=frozenset({by}),
        before=frozenset({ANSWERED}),
        after=CLOSED,
        events=(EventType.COMPLAINT_CLOSED,),
        tells=(REPORTER, LIAISON_OF_HOLDER),
    )


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        ActKind.VERIFICATION,
        by=frozenset({ADMIN, VERIFIER}),
        before=frozenset({UNVERIFIED}),
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_VERIFIED, EventType.COMPLAINT_FORWARDED),
        tells=_TO_HOLDER,
        receiver="named",
    ),
    _forward({ADMIN}, "named", "any"),
    _forward({OF_HOLDER}, "named", "few"),
    _forward({HOLDERS_LIAISON}, "verifier", "few"),
    _forward({ABOVE_VERIFIER}, "named", "many"),
    Transition(
        ActKind.FOLLOW_UP,
        by=_HANDLERS,
        before=_VERIFIED,
        after=IN_PROGRESS,
        events=(EventType.FOLLOW_UP_RECORDED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ANSWER,
        by=_HANDLERS,
        before=_VERIFIED,
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({ADMIN, VERIFIER}),
        before=_OPEN,
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=_TO_HOLDER,
    ),
    # Until the verification nobody but the verifier was asked for anything.
    _withdraw({UNVERIFIED}, (REPORTER, COORDINATOR_OF_VERIFIER)),
    _withdraw(_VERIFIED, _TO_HOLDER),
    _quiet(ActKind.NOTE, {ADMIN, VERIFIER, LEADER_OVER, *_HANDLERS}, _EVERYWHERE),
    _quiet(ActKind.OBSTACLE, _HANDLERS, _VERIFIED, (EventType.OBSTACLE_REPORTED,), (REPORTER,)),
    _quiet(ActKind.ORDER, {LEADER_OVER}, _VERIFIED, (EventType.ORDER_GIVEN,), (LIAISON_OF_HOLDER,)),
    _quiet(ActKind.ACKNOWLEDGEMENT, {OF_HOLDER, HOLDERS_LIAISON}, _VERIFIED),
    _quiet(ActKind.CORRECTION, {ADMIN, VERIFIER}, _OPEN, (EventType.COMPLAINT_CORRECTED,)),
    _close(ActKind.ACCEPTANCE, BY_REPORTER),
    _close(ActKind.CLOSING, BY_SYSTEM),
    _reopen(ActKind.DISPUTE, ANSWERED, IN_PROGRESS),
    # Whoever has accepted an answer reopens nothing: only a closing without the reporter leaves the time for it.
    _reopen(ActKind.REOPENING, CLOSED, IN_PROGRESS),
    _reopen(ActKind.REOPENING, ARCHIVED, AWAITING_FOLLOW_UP, "yes"),
    _reopen(ActKind.REOPENING, ARCHIVED, UNVERIFIED, "no", (REPORTER, COORDINATOR_OF_VERIFIER)),
    Transition(
        ActKind.CONTACT_REQUEST,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({ANSWERED}),
        after=None,
        events=(EventType.CONTACT_REQUESTED,),
        tells=(LIAISON_OF_HOLDER, COORDINATOR_OF_HOLDER),
        renews=frozenset({CONTACT}),
    ),
    Transition(
        ActKind.CONTACT,
        by=frozenset({OF_HOLDER, HOLDERS_LIAISON}),
        before=frozenset({ANSWERED}),
        after=ANSWERED,
        events=(EventType.REPORTER_CONTACTED,),
        tells=(),
        renews=frozenset({WINDOW}),
    ),
)

# The clocks that run in each state. An act stops those that run before it and not after it, and starts the others.
CLOCKS_IN: Mapping[State, frozenset[ClockName]] = {
    UNVERIFIED: frozenset({LIFE, VERIFICATION, OMBUDSMAN}),
    AWAITING_FOLLOW_UP: frozenset({LIFE, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
    IN_PROGRESS: frozenset({LIFE, RESOLUTION, OMBUDSMAN}),
    ANSWERED: frozenset({LIFE, WINDOW}),
    CLOSED: frozenset(),
    ARCHIVED: frozenset(),
    WITHDRAWN: frozenset(),
}


# The clocks that run in a state only after an act has asked for it; they stop where the case leaves the state.
ASKED_IN: Mapping[State, frozenset[ClockName]] = {ANSWERED: frozenset({CONTACT})}


def transitions_of(act: ActKind, parties: Collection[Party]) -> list[Transition]:
    """The rows of an act for somebody of these parties."""
    return [row for row in TRANSITIONS if row.act == act and not row.by.isdisjoint(parties)]


def fits_passes(row: Transition, passes: int) -> bool:
    """Whether a row holds for a case that was passed on so often."""
    return row.passes == "any" or (row.passes == "many") == (passes >= MOST_TRANSFERS)


def fits_verified(row: Transition, is_verified: bool) -> bool:
    """Whether a row holds for a case that has been verified, or has not."""
    return row.verified == "any" or (row.verified == "yes") == is_verified


def states_of(clock: ClockName) -> frozenset[State]:
    """The states in which a clock runs."""
    return frozenset(state for state, clocks in CLOCKS_IN.items() if clock in clocks)


# The states in which each limit of the handling runs; in any other state its act has already happened.
_LIMITS = VERIFICATION, FOLLOW_UP, RESOLUTION, WINDOW
RUNNING_IN: Mapping[str, frozenset[State]] = {
    **{clock: states_of(clock) for clock in _LIMITS},
    CONTACT: frozenset({ANSWERED}),
}


def stopped_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act stops, in whichever state it is done."""
    asked = {state: ASKED_IN.get(state, frozenset()) if row.after else frozenset() for state in row.before}
    return frozenset().union(
        *((CLOCKS_IN[state] | asked[state]) - CLOCKS_IN[row.after_from(state)] for state in row.before)
    )


def started_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act starts, in whichever state it is done."""
    return row.renews.union(*(CLOCKS_IN[row.after_from(state)] - CLOCKS_IN[state] for state in row.before))
