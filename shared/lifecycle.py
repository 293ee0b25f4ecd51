"""The life of a complaint as one table: which act is done in which state and by whom, and what follows from it.

Only routing applies the table, under the lock of the case. Whatever shows or offers an act reads it here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.acts import (
    ABOVE_VERIFIER,
    ADMIN,
    APPROVER,
    BY_REPORTER,
    BY_SYSTEM,
    DRAFTER,
    HOLDERS_LEADER,
    HOLDERS_LIAISON,
    LEADER_OVER,
    OF_HOLDER,
    PUBLISHER,
    VERIFIER,
    ActKind,
    Party,
)
from shared.vocabulary import (
    ANSWERED,
    APPROVAL,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    COMMITMENT,
    COORDINATOR,
    FOLLOW_UP,
    HOLD,
    IN_PROGRESS,
    LEADER,
    LIAISON,
    LIFE,
    OMBUDSMAN,
    ON_HOLD,
    RESOLUTION,
    UNVERIFIED,
    VERIFICATION,
    WITHDRAWN,
    ClockName,
    EventType,
    Role,
    State,
)

# How often a case is passed on before an agency above its verifier decides.
MOST_TRANSFERS = 3
# How often a reporter is asked about one complaint; in the verification, or in the turn of one holder, once.
MOST_HOLDS = 2

# Who holds a case after an act: as before; whoever the act names, or as proposed; the verifier.
Receiver = Literal["same", "named", "verifier"]
Passes = Literal["any", "few", "many"]
Audience = tuple[Literal["reporter", "holder", "verifier", "approver", "author"], Role | None]
REPORTER: Audience = ("reporter", None)
LIAISON_OF_HOLDER: Audience = ("holder", LIAISON)
LEADER_OF_HOLDER: Audience = ("holder", LEADER)
COORDINATOR_OF_VERIFIER: Audience = ("verifier", COORDINATOR)
TO_APPROVER: Audience = ("approver", None)
AUTHOR: Audience = ("author", None)


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: `by` may do the `act` in one of `before`, and the case is then in the state `after`.

    An act without `after` changes no state, and no clock; one that `returns` gives a case on hold its state back.

    `passes` says whether the row holds for a case that was passed on fewer than MOST_TRANSFERS times, or for others.
    `renews` are clocks that begin anew although they run before and after. `begins` and `ends` are clocks that no state
    has, but an act. `tells` are those who get a message.
    """

    act: ActKind
    by: frozenset[Party]
    before: frozenset[State]
    after: State | None
    events: tuple[EventType, ...]
    tells: tuple[Audience, ...]
    receiver: Receiver = "same"
    passes: Passes = "any"
    renews: frozenset[ClockName] = frozenset()
    returns: bool = False
    begins: frozenset[ClockName] = frozenset()
    ends: frozenset[ClockName] = frozenset()

    def after_from(self, state: State, held_from: State | None = None) -> State:
        """The state of a case after the act that was in this state before it, and on hold since it was in another."""
        if self.returns and held_from:
            return held_from
        return self.after or state

    def afters_from(self, state: State) -> frozenset[State]:
        """The states in which a case may be after the act that was in this state before it."""
        return _OPEN if self.returns else frozenset({self.after_from(state)})


_VERIFIED = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})
_HANDLERS = frozenset({OF_HOLDER, HOLDERS_LIAISON, HOLDERS_LEADER})
_OPEN = _VERIFIED | {UNVERIFIED}
_EVERYWHERE = frozenset(get_args(State))
_TO_HOLDER = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)
_TO_WHOEVER_ASKED = (COORDINATOR_OF_VERIFIER, LIAISON_OF_HOLDER)
_OF_DRAFT = frozenset({APPROVAL})
# The clocks that an act begins, and the states in which they may run: whatever leads to another state ends them.
_OF_PROMISE = frozenset({COMMITMENT})
_PROMISED = _VERIFIED | {ANSWERED, ON_HOLD}
MAY_RUN_IN: Mapping[ClockName, frozenset[State]] = {APPROVAL: _VERIFIED, COMMITMENT: _PROMISED}


def _quiet(
    act: ActKind,
    by: Collection[Party],
    before: frozenset[State],
    events: tuple[EventType, ...] = (),
    tells: tuple[Audience, ...] = (),
    begins: frozenset[ClockName] = frozenset(),
    ends: frozenset[ClockName] = frozenset(),
) -> Transition:
    return Transition(act, frozenset(by), before, None, events, tells, begins=begins, ends=ends)


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
        ends=_OF_DRAFT,
    )


def _hold(by: Collection[Party], before: Collection[State]) -> Transition:
    return Transition(
        ActKind.HOLDING,
        by=frozenset(by),
        before=frozenset(before),
        after=ON_HOLD,
        events=(EventType.COMPLAINT_HELD,),
        tells=(REPORTER,),
    )


def _return(act: ActKind, by: Collection[Party], event: EventType, tells: tuple[Audience, ...]) -> Transition:
    on_hold = frozenset({ON_HOLD})
    return Transition(act, frozenset(by), on_hold, after=None, events=(event,), tells=tells, returns=True)


def _withdraw(before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        act=ActKind.WITHDRAWAL,
        by=frozenset({BY_REPORTER}),
        before=frozenset(before),
        after=WITHDRAWN,
        events=(EventType.COMPLAINT_WITHDRAWN,),
        tells=tells,
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
        by=frozenset({PUBLISHER}),
        before=_VERIFIED,
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({ADMIN, VERIFIER}),
        before=_OPEN | {ON_HOLD},
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=_TO_HOLDER,
    ),
    # Until the verification nobody but the verifier was asked for anything.
    _withdraw({UNVERIFIED}, (REPORTER, COORDINATOR_OF_VERIFIER)),
    _withdraw(_VERIFIED | {ON_HOLD}, _TO_HOLDER),
    _quiet(ActKind.NOTE, {ADMIN, VERIFIER, LEADER_OVER, *_HANDLERS}, _EVERYWHERE),
    _quiet(ActKind.OBSTACLE, _HANDLERS, _VERIFIED, (EventType.OBSTACLE_REPORTED,), (REPORTER,)),
    _quiet(ActKind.ORDER, {LEADER_OVER}, _VERIFIED, (EventType.ORDER_GIVEN,), (LIAISON_OF_HOLDER,)),
    _quiet(ActKind.ACKNOWLEDGEMENT, {OF_HOLDER, HOLDERS_LIAISON}, _VERIFIED),
    _quiet(ActKind.CORRECTION, {ADMIN, VERIFIER}, _OPEN | {ON_HOLD}, (EventType.COMPLAINT_CORRECTED,)),
    _hold({ADMIN, VERIFIER}, {UNVERIFIED}),
    _hold(_HANDLERS, _VERIFIED),
    _return(ActKind.COMPLETION, {BY_REPORTER}, EventType.COMPLAINT_COMPLETED, _TO_WHOEVER_ASKED),
    _return(ActKind.RESUMPTION, {ADMIN, VERIFIER, *_HANDLERS}, EventType.COMPLAINT_RESUMED, (REPORTER,)),
    # At the end of a hold, by whether the question had reached the reporter.
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({ON_HOLD}),
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=_TO_HOLDER,
    ),
    _return(ActKind.RESUMPTION, {BY_SYSTEM}, EventType.COMPLAINT_RESUMED, (REPORTER, COORDINATOR_OF_VERIFIER)),
    _quiet(ActKind.DRAFT, {DRAFTER}, _VERIFIED, (EventType.ANSWER_DRAFTED,), (TO_APPROVER,), begins=_OF_DRAFT),
    Transition(
        ActKind.APPROVAL, frozenset({APPROVER}), _VERIFIED, ANSWERED, (EventType.COMPLAINT_ANSWERED,), (REPORTER,)
    ),
    _quiet(ActKind.REJECTION, {APPROVER}, _VERIFIED, (EventType.ANSWER_RETURNED,), (AUTHOR,), ends=_OF_DRAFT),
    _quiet(ActKind.PROMISE, _HANDLERS, _VERIFIED, (EventType.PROMISE_MADE,), (REPORTER,), begins=_OF_PROMISE),
    # A promise survives the answer.
    _quiet(ActKind.FULFILMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_KEPT,), (REPORTER,), ends=_OF_PROMISE),
    _quiet(ActKind.POSTPONEMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_MOVED,), (REPORTER,)),
)

# The clocks that run in each state. An act stops those that run before it and not after it, and starts the others.
CLOCKS_IN: Mapping[State, frozenset[ClockName]] = {
    UNVERIFIED: frozenset({LIFE, VERIFICATION, OMBUDSMAN}),
    AWAITING_FOLLOW_UP: frozenset({LIFE, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
    IN_PROGRESS: frozenset({LIFE, RESOLUTION, OMBUDSMAN}),
    ANSWERED: frozenset(),
    ARCHIVED: frozenset(),
    WITHDRAWN: frozenset(),
    ON_HOLD: frozenset({LIFE, HOLD}),
}
# The clocks that pause in a state, of those that ran before it: they go on with the time that they had left.
PAUSED_IN: Mapping[State, frozenset[ClockName]] = {
    ON_HOLD: frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
}
PAUSABLE = frozenset().union(*PAUSED_IN.values())


def transitions_of(act: ActKind, parties: Collection[Party]) -> list[Transition]:
    """The rows of an act for somebody of these parties."""
    return [row for row in TRANSITIONS if row.act == act and not row.by.isdisjoint(parties)]


def fits_passes(row: Transition, passes: int) -> bool:
    """Whether a row holds for a case that was passed on so often."""
    return row.passes == "any" or (row.passes == "many") == (passes >= MOST_TRANSFERS)


def states_of(clock: ClockName) -> frozenset[State]:
    """The states in which a clock runs."""
    return frozenset(state for state, clocks in CLOCKS_IN.items() if clock in clocks)


# The states in which each limit of the handling runs; in any other state its act has already happened.
RUNNING_IN: Mapping[str, frozenset[State]] = {
    clock: states_of(clock) for clock in (VERIFICATION, FOLLOW_UP, RESOLUTION)
}
