"""The rows of the reporter's acts."""

from collections.abc import Collection
from typing import Any

from shared.lifecycle.acts import BY_REPORTER, ActKind
from shared.lifecycle.transitions import (
    COORDINATOR_OF_VERIFIER,
    LIAISON_OF_HOLDER,
    REPORTER,
    TO_HOLDER,
    VERIFIED,
    Audience,
    Transition,
    WasVerified,
    closing,
    quiet,
    returning,
)
from shared.vocabulary import (
    ANSWERED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    CONTACT,
    IN_PROGRESS,
    MERGED,
    ON_HOLD,
    REFERRED,
    UNVERIFIED,
    WINDOW,
    WITHDRAWN,
    EventType,
    State,
)

TO_VERIFIER = (REPORTER, COORDINATOR_OF_VERIFIER)
TO_WHOEVER_ASKED = (COORDINATOR_OF_VERIFIER, LIAISON_OF_HOLDER)


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
    tells: tuple[Audience, ...] = TO_HOLDER,
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


def _reply(before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return quiet(ActKind.REPLY, {BY_REPORTER}, frozenset(before), (EventType.REPORTER_REPLIED,), tells)


def _reply_to_answer(before: State, **more: Any) -> Transition:
    return Transition(
        ActKind.REPLY,
        by=frozenset({BY_REPORTER}),
        before=frozenset({before}),
        after=ANSWERED,
        events=(EventType.REPORTER_REPLIED,),
        **more,
    )


REPORTERS: tuple[Transition, ...] = (
    # Until the verification nobody but the verifier was asked for anything.
    _withdraw({UNVERIFIED}, TO_VERIFIER),
    _withdraw(VERIFIED | {ON_HOLD, MERGED, REFERRED}, TO_HOLDER),
    returning(ActKind.COMPLETION, {BY_REPORTER}, EventType.COMPLAINT_COMPLETED, TO_WHOEVER_ASKED),
    closing(ActKind.ACCEPTANCE, BY_REPORTER),
    _reopen(ActKind.DISPUTE, ANSWERED, IN_PROGRESS, "yes"),
    # Answered with another complaint, it was never verified itself.
    _reopen(ActKind.DISPUTE, ANSWERED, UNVERIFIED, "no", TO_VERIFIER),
    # Whoever has accepted an answer reopens nothing: only a closing without the reporter leaves the time for it.
    _reopen(ActKind.REOPENING, CLOSED, IN_PROGRESS, "yes"),
    _reopen(ActKind.REOPENING, CLOSED, UNVERIFIED, "no", TO_VERIFIER),
    _reopen(ActKind.REOPENING, ARCHIVED, AWAITING_FOLLOW_UP, "yes"),
    _reopen(ActKind.REOPENING, ARCHIVED, UNVERIFIED, "no", TO_VERIFIER),
    # While a question waits, its answer is what goes on record: whoever replied instead would be archived as silent.
    # Whoever verifies has merged a duplicate, and may separate it.
    _reply({UNVERIFIED, MERGED}, (COORDINATOR_OF_VERIFIER,)),
    _reply(VERIFIED | {REFERRED}, (LIAISON_OF_HOLDER,)),
    # Whoever replies to an answer need not be called about it.
    _reply_to_answer(ANSWERED, tells=(LIAISON_OF_HOLDER,), renews=frozenset({WINDOW}), ends=frozenset({CONTACT})),
    _reply_to_answer(CLOSED, tells=(REPORTER, LIAISON_OF_HOLDER), undoes=True),
    # intake keeps the ratings itself: they change nothing in a case.
    quiet(ActKind.RATING, {BY_REPORTER}, frozenset({ANSWERED, CLOSED}), (EventType.RATING_GIVEN,)),
)
