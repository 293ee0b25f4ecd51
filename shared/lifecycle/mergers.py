"""The rows of mergers: a duplicate waits for the answer to another complaint, shares it, or goes on by itself."""

from collections.abc import Collection

from shared.lifecycle.acts import ADMIN, BY_SYSTEM, VERIFIER, ActKind
from shared.lifecycle.transitions import (
    COORDINATOR_OF_VERIFIER,
    LIAISON_OF_HOLDER,
    REPORTER,
    VERIFIED,
    Audience,
    Transition,
    returning,
)
from shared.vocabulary import ANSWERED, MERGED, UNVERIFIED, EventType, State

_VERIFIERS = frozenset({ADMIN, VERIFIER})
_TO_WHOEVER_HANDLES = (REPORTER, COORDINATOR_OF_VERIFIER, LIAISON_OF_HOLDER)


def _merge(before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        ActKind.MERGER,
        by=_VERIFIERS,
        before=frozenset(before),
        after=MERGED,
        events=(EventType.COMPLAINT_MERGED,),
        tells=tells,
    )


MERGERS: tuple[Transition, ...] = (
    _merge({UNVERIFIED}, (REPORTER,)),
    _merge(VERIFIED, (REPORTER, LIAISON_OF_HOLDER)),
    # The system separates at the limit of a merger, and where the other complaint ends without an answer.
    returning(
        ActKind.SEPARATION,
        {*_VERIFIERS, BY_SYSTEM},
        EventType.COMPLAINT_SEPARATED,
        _TO_WHOEVER_HANDLES,
        before=MERGED,
    ),
    Transition(
        ActKind.ANSWER,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({MERGED}),
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
)
