"""The life of a complaint as one table: which act is done in which state and by whom, and what follows from it.

Only routing applies the table, under the lock of the case. Whatever shows or offers an act reads it here.
"""

from collections.abc import Collection, Mapping
from typing import get_args

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
from shared.transitions import (
    AUTHOR,
    COORDINATOR_OF_HOLDER,
    COORDINATOR_OF_VERIFIER,
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    OPEN,
    REPORTER,
    TO_APPROVER,
    Audience,
    Passes,
    Receiver,
    Transition,
    WasVerified,
    quiet,
)
from shared.vocabulary import (
    ANSWERED,
    APPROVAL,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    COMMITMENT,
    CONTACT,
    FOLLOW_UP,
    HOLD,
    IN_PROGRESS,
    LIFE,
    OMBUDSMAN,
    ON_HOLD,
    RESOLUTION,
    UNVERIFIED,
    VERIFICATION,
    WINDOW,
    WITHDRAWN,
    ClockName,
    EventType,
    State,
)

# How often a case is passed on before an agency above its verifier decides.
MOST_TRANSFERS = 3
# How often a reporter is asked about one complaint; in the verification, or in the turn of one holder, once.
MOST_HOLDS = 2
# How many working days a reporter has to reopen what was archived, or closed without the reporter.
REOPENING_DAYS = 10

_VERIFIED = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})
_HANDLERS = frozenset({OF_HOLDER, HOLDERS_LIAISON, HOLDERS_LEADER})
_EVERYWHERE = frozenset(get_args(State))
_TO_HOLDER = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)
_TO_WHOEVER_ASKED = (COORDINATOR_OF_VERIFIER, LIAISON_OF_HOLDER)
_OF_DRAFT = frozenset({APPROVAL})
# The clocks that an act begins, and the states in which they may run: whatever leads to another state ends them.
_OF_PROMISE = frozenset({COMMITMENT})
_OF_CALL = frozenset({CONTACT})
_PROMISED = _VERIFIED | {ANSWERED, ON_HOLD}
MAY_RUN_IN: Mapping[ClockName, frozenset[State]] = {
    APPROVAL: _VERIFIED,
    COMMITMENT: _PROMISED,
    CONTACT: frozenset({ANSWERED}),
}


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
        by=frozenset({PUBLISHER}),
        before=_VERIFIED,
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({ADMIN, VERIFIER}),
        before=OPEN | {ON_HOLD},
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=_TO_HOLDER,
    ),
    # Until the verification nobody but the verifier was asked for anything.
    _withdraw({UNVERIFIED}, (REPORTER, COORDINATOR_OF_VERIFIER)),
    _withdraw(_VERIFIED | {ON_HOLD}, _TO_HOLDER),
    quiet(ActKind.NOTE, {ADMIN, VERIFIER, LEADER_OVER, *_HANDLERS}, _EVERYWHERE),
    quiet(ActKind.OBSTACLE, _HANDLERS, _VERIFIED, (EventType.OBSTACLE_REPORTED,), (REPORTER,)),
    quiet(ActKind.ORDER, {LEADER_OVER}, _VERIFIED, (EventType.ORDER_GIVEN,), (LIAISON_OF_HOLDER,)),
    quiet(ActKind.ACKNOWLEDGEMENT, {OF_HOLDER, HOLDERS_LIAISON}, _VERIFIED),
    quiet(ActKind.CORRECTION, {ADMIN, VERIFIER}, OPEN | {ON_HOLD}, (EventType.COMPLAINT_CORRECTED,)),
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
    quiet(ActKind.DRAFT, {DRAFTER}, _VERIFIED, (EventType.ANSWER_DRAFTED,), (TO_APPROVER,), begins=_OF_DRAFT),
    Transition(
        ActKind.APPROVAL, frozenset({APPROVER}), _VERIFIED, ANSWERED, (EventType.COMPLAINT_ANSWERED,), (REPORTER,)
    ),
    quiet(ActKind.REJECTION, {APPROVER}, _VERIFIED, (EventType.ANSWER_RETURNED,), (AUTHOR,), ends=_OF_DRAFT),
    quiet(ActKind.PROMISE, _HANDLERS, _VERIFIED, (EventType.PROMISE_MADE,), (REPORTER,), begins=_OF_PROMISE),
    # A promise survives the answer.
    quiet(ActKind.FULFILMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_KEPT,), (REPORTER,), ends=_OF_PROMISE),
    quiet(ActKind.POSTPONEMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_MOVED,), (REPORTER,)),
    _close(ActKind.ACCEPTANCE, BY_REPORTER),
    _close(ActKind.CLOSING, BY_SYSTEM),
    _reopen(ActKind.DISPUTE, ANSWERED, IN_PROGRESS),
    # Whoever has accepted an answer reopens nothing: only a closing without the reporter leaves the time for it.
    _reopen(ActKind.REOPENING, CLOSED, IN_PROGRESS),
    _reopen(ActKind.REOPENING, ARCHIVED, AWAITING_FOLLOW_UP, "yes"),
    _reopen(ActKind.REOPENING, ARCHIVED, UNVERIFIED, "no", (REPORTER, COORDINATOR_OF_VERIFIER)),
    quiet(
        ActKind.CONTACT_REQUEST,
        {BY_SYSTEM},
        frozenset({ANSWERED}),
        (EventType.CONTACT_REQUESTED,),
        (LIAISON_OF_HOLDER, COORDINATOR_OF_HOLDER),
        begins=_OF_CALL,
    ),
    Transition(
        ActKind.CONTACT,
        by=frozenset({OF_HOLDER, HOLDERS_LIAISON}),
        before=frozenset({ANSWERED}),
        after=ANSWERED,
        events=(EventType.REPORTER_CONTACTED,),
        tells=(),
        renews=frozenset({WINDOW}),
        ends=_OF_CALL,
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
