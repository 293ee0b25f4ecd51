"""The rows of the officials' acts."""

from collections.abc import Collection
from typing import get_args

from shared.lifecycle.acts import (
    ABOVE_VERIFIER,
    ADMIN,
    APPROVER,
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
from shared.lifecycle.transitions import (
    ANSWERABLE,
    AUTHOR,
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    OPEN,
    ORDERED,
    ORDERERS,
    PROMISED,
    REPORTER,
    REVIEWER,
    TO_APPROVER,
    TO_DUTY,
    TO_HOLDER,
    TO_NAMED,
    URGENT_IN,
    VERIFIED,
    Audience,
    Passes,
    Receiver,
    Transition,
    contacting,
    quiet,
    returning,
)
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    ANSWERED,
    APPROVAL,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    COMMITMENT,
    FOLLOW_UP,
    IN_PROGRESS,
    ON_HOLD,
    REFERRED,
    UNVERIFIED,
    EventType,
    State,
)

HANDLERS = frozenset({OF_HOLDER, HOLDERS_LIAISON, HOLDERS_LEADER})
_EVERYWHERE = frozenset(get_args(State))
_OF_DRAFT = frozenset({APPROVAL})
_OF_ORDER = frozenset({ACKNOWLEDGEMENT})
_OF_PROMISE = frozenset({COMMITMENT})
_OF_DANGER = frozenset({ALARM})
# A turn of another holder ends these.
OF_TURN = _OF_DRAFT | _OF_ORDER
# Who gets an urgent case is told on duty, too.
TO_RECEIVER = (*TO_HOLDER, TO_DUTY)


def _forward(by: Collection[Party], receiver: Receiver, passes: Passes) -> Transition:
    return Transition(
        act=ActKind.FORWARD,
        by=frozenset(by),
        before=VERIFIED,
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_FORWARDED,),
        tells=TO_RECEIVER,
        receiver=receiver,
        passes=passes,
        renews=frozenset({FOLLOW_UP}),
        ends=OF_TURN,
    )


def _hold(by: Collection[Party], before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        ActKind.HOLDING,
        by=frozenset(by),
        before=frozenset(before),
        after=ON_HOLD,
        events=(EventType.COMPLAINT_HELD,),
        tells=tells,
    )


OFFICIALS: tuple[Transition, ...] = (
    Transition(
        ActKind.VERIFICATION,
        by=frozenset({ADMIN, VERIFIER}),
        before=frozenset({UNVERIFIED}),
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_VERIFIED, EventType.COMPLAINT_FORWARDED),
        tells=TO_RECEIVER,
        receiver="named",
    ),
    _forward({ADMIN}, "named", "any"),
    _forward({OF_HOLDER}, "named", "few"),
    _forward({HOLDERS_LIAISON}, "verifier", "few"),
    _forward({ABOVE_VERIFIER}, "named", "many"),
    Transition(
        ActKind.FOLLOW_UP,
        by=HANDLERS,
        before=VERIFIED,
        after=IN_PROGRESS,
        events=(EventType.FOLLOW_UP_RECORDED,),
        tells=(REPORTER,),
        ends=_OF_DANGER,
    ),
    Transition(
        ActKind.ANSWER,
        by=frozenset({PUBLISHER}),
        before=ANSWERABLE,
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER, REVIEWER),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({ADMIN, VERIFIER}),
        before=OPEN | {ON_HOLD},
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=TO_HOLDER,
    ),
    quiet(ActKind.NOTE, {ADMIN, VERIFIER, LEADER_OVER, *HANDLERS}, _EVERYWHERE),
    quiet(ActKind.INTERIM, HANDLERS, VERIFIED, (EventType.INTERIM_REPLIED,), (REPORTER, LEADER_OF_HOLDER)),
    quiet(ActKind.OBSTACLE, HANDLERS, ANSWERABLE, (EventType.OBSTACLE_REPORTED,), (REPORTER,)),
    quiet(ActKind.ORDER, {LEADER_OVER}, ANSWERABLE, (EventType.ORDER_GIVEN,), (LIAISON_OF_HOLDER,), begins=_OF_ORDER),
    quiet(
        ActKind.ACKNOWLEDGEMENT,
        {OF_HOLDER, HOLDERS_LIAISON},
        ORDERED,
        (EventType.ORDER_ACKNOWLEDGED,),
        (ORDERERS,),
        ends=_OF_ORDER,
    ),
    quiet(
        ActKind.CORRECTION,
        {ADMIN, VERIFIER},
        OPEN | {ON_HOLD, REFERRED},
        (EventType.COMPLAINT_CORRECTED,),
        (REPORTER, LIAISON_OF_HOLDER),
    ),
    _hold({ADMIN, VERIFIER}, {UNVERIFIED}, (REPORTER,)),
    # The liaison is told of what others do with a complaint that it handles.
    _hold(HANDLERS, VERIFIED, (REPORTER, LIAISON_OF_HOLDER)),
    returning(ActKind.RESUMPTION, {ADMIN, VERIFIER}, EventType.COMPLAINT_RESUMED, (REPORTER, LIAISON_OF_HOLDER)),
    # Until the verification the holder is only proposed: the question is not its own.
    returning(ActKind.RESUMPTION, HANDLERS, EventType.COMPLAINT_RESUMED, (REPORTER, LIAISON_OF_HOLDER), verified="yes"),
    quiet(ActKind.DRAFT, {DRAFTER}, ANSWERABLE, (EventType.ANSWER_DRAFTED,), (TO_APPROVER,), begins=_OF_DRAFT),
    Transition(
        ActKind.APPROVAL,
        frozenset({APPROVER}),
        ANSWERABLE,
        ANSWERED,
        (EventType.COMPLAINT_ANSWERED,),
        (REPORTER, REVIEWER),
    ),
    quiet(ActKind.REJECTION, {APPROVER}, ANSWERABLE, (EventType.ANSWER_RETURNED,), (AUTHOR,), ends=_OF_DRAFT),
    quiet(
        ActKind.PROMISE,
        HANDLERS,
        ANSWERABLE,
        (EventType.PROMISE_MADE,),
        (REPORTER, LIAISON_OF_HOLDER),
        begins=_OF_PROMISE,
    ),
    # A promise survives the answer and its acceptance.
    quiet(ActKind.FULFILMENT, HANDLERS, PROMISED, (EventType.PROMISE_KEPT,), (REPORTER,), ends=_OF_PROMISE),
    quiet(ActKind.POSTPONEMENT, HANDLERS, PROMISED, (EventType.PROMISE_MOVED,), (REPORTER,)),
    quiet(
        ActKind.URGENCY,
        {ADMIN, VERIFIER, *HANDLERS},
        URGENT_IN,
        (EventType.URGENCY_DECLARED,),
        (REPORTER, TO_DUTY),
        begins=_OF_DANGER,
    ),
    quiet(
        ActKind.ALL_CLEAR,
        {ADMIN, VERIFIER, *HANDLERS},
        URGENT_IN,
        (EventType.URGENCY_LIFTED,),
        (REPORTER,),
        ends=_OF_DANGER,
    ),
    # Also what has ended may have to be hidden.
    quiet(
        ActKind.SENSITIVITY,
        {ADMIN, VERIFIER, *HANDLERS},
        _EVERYWHERE,
        (EventType.SENSITIVITY_DECLARED,),
        (REPORTER, TO_NAMED),
    ),
    quiet(ActKind.DISCLOSURE, {VERIFIER, *HANDLERS}, _EVERYWHERE, (EventType.SENSITIVITY_LIFTED,), (REPORTER,)),
    contacting({OF_HOLDER, HOLDERS_LIAISON}),
)
