"""The rows of splits: a complaint that is split is dealt with in its parts, and ends with the last of them."""

from collections.abc import Collection

from shared.lifecycle.acts import ADMIN, BY_SYSTEM, OF_HOLDER, VERIFIER, ActKind, Party
from shared.lifecycle.transitions import (
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    REPORTER,
    TO_DUTY,
    TO_HOLDER,
    VERIFIED,
    Transition,
)
from shared.vocabulary import ARCHIVED, CLOSED, SPLIT, UNVERIFIED, EventType, State

# The holders of the parts are told, and their duty officers if life is in danger.
_TO_PARTS = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER, TO_DUTY)


def _split(by: Collection[Party], before: Collection[State]) -> Transition:
    return Transition(
        ActKind.SPLIT,
        by=frozenset(by),
        before=frozenset(before),
        after=SPLIT,
        events=(EventType.PART_OPENED, EventType.COMPLAINT_SPLIT),
        tells=_TO_PARTS,
    )


SPLITS: tuple[Transition, ...] = (
    # Whoever splits an unverified complaint has verified it: each part gets a class.
    _split({ADMIN, VERIFIER}, {UNVERIFIED}),
    _split({ADMIN, VERIFIER, OF_HOLDER}, VERIFIED),
    # With its last part a complaint is answered; it ends in the archive if no part was answered.
    Transition(
        ActKind.ANSWER,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({SPLIT}),
        after=CLOSED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({SPLIT}),
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=TO_HOLDER,
    ),
    # A part that its reporter disputes or reopens opens the whole again.
    Transition(
        ActKind.SPLIT,
        by=frozenset({BY_SYSTEM}),
        before=frozenset({CLOSED, ARCHIVED}),
        after=SPLIT,
        events=(EventType.COMPLAINT_SPLIT,),
        tells=(REPORTER, LIAISON_OF_HOLDER),
    ),
)
