"""The rows of appeals: a reporter takes an end to the agency above, which lets it stand or has the case begin anew."""

from collections.abc import Collection

from shared.lifecycle.acts import ADMIN, APPELLATE, BY_REPORTER, ActKind
from shared.lifecycle.transitions import (
    COORDINATOR_OF_VERIFIER,
    DECIDERS,
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    REPORTER,
    Audience,
    Transition,
    WasVerified,
)
from shared.vocabulary import (
    ANSWERED,
    APPEALED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    UNVERIFIED,
    EventType,
    State,
)

# The ends that may stand after an appeal: whoever has appealed against an answer has said no to it for the last time.
ENDS_AT_STAKE: frozenset[State] = frozenset({CLOSED, ARCHIVED})
_DECIDERS = frozenset({ADMIN, APPELLATE})
_DECIDED = (EventType.APPEAL_DECIDED,)


def _appeal(before: Collection[State]) -> Transition:
    return Transition(
        ActKind.APPEAL,
        by=frozenset({BY_REPORTER}),
        before=frozenset(before),
        after=APPEALED,
        events=(EventType.COMPLAINT_APPEALED,),
        tells=(REPORTER, DECIDERS, LIAISON_OF_HOLDER),
    )


def _uphold(after: State, verified: WasVerified, tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        ActKind.UPHOLDING,
        by=_DECIDERS,
        before=frozenset({APPEALED}),
        after=after,
        events=_DECIDED,
        tells=tells,
        # Who handles what was never verified its verification says.
        receiver="named" if verified == "yes" else "same",
        verified=verified,
    )


APPEALS: tuple[Transition, ...] = (
    _appeal({ANSWERED}),
    # As for a reopening, there is a time for it, and whoever has accepted an answer has none.
    _appeal({CLOSED, ARCHIVED}),
    _uphold(AWAITING_FOLLOW_UP, "yes", (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)),
    _uphold(UNVERIFIED, "no", (REPORTER, COORDINATOR_OF_VERIFIER)),
    Transition(
        ActKind.DISMISSAL,
        by=_DECIDERS,
        before=frozenset({APPEALED}),
        after=None,
        events=_DECIDED,
        tells=(REPORTER, LIAISON_OF_HOLDER),
        returns=ENDS_AT_STAKE,
    ),
)
