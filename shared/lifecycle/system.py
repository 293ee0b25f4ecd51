"""The rows of Tanggap's own acts, when a clock has run out."""

from shared.lifecycle.acts import BY_SYSTEM, ActKind
from shared.lifecycle.transitions import (
    COORDINATOR_OF_HOLDER,
    COORDINATOR_OF_VERIFIER,
    LIAISON_OF_HOLDER,
    REPORTER,
    TO_HOLDER,
    Transition,
    closing,
    contacting,
    quiet,
    returning,
)
from shared.vocabulary import ANSWERED, ARCHIVED, CONTACT, INTERRUPTED, EventType

SYSTEMS: tuple[Transition, ...] = (
    # At the end of a hold, by whether the question had reached the reporter; or with the complaint it was merged into.
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({BY_SYSTEM}),
        before=INTERRUPTED,
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=TO_HOLDER,
    ),
    returning(
        ActKind.RESUMPTION,
        {BY_SYSTEM},
        EventType.COMPLAINT_RESUMED,
        (REPORTER, COORDINATOR_OF_VERIFIER, LIAISON_OF_HOLDER),
    ),
    closing(ActKind.CLOSING, BY_SYSTEM),
    quiet(
        ActKind.CONTACT_REQUEST,
        {BY_SYSTEM},
        frozenset({ANSWERED}),
        (EventType.CONTACT_REQUESTED,),
        (LIAISON_OF_HOLDER, COORDINATOR_OF_HOLDER),
        begins=frozenset({CONTACT}),
    ),
    # A notice that arrives after all has told the reporter what a call would have told.
    contacting({BY_SYSTEM}),
)
