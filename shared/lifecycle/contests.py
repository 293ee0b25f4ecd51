"""The rows of contests: a reporter contests a follow-up that says nothing, and the agency above judges it."""

from shared.lifecycle.acts import ADMIN, BY_REPORTER, JUDGE, ActKind
from shared.lifecycle.transitions import (
    CONTESTED,
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    REPORTER,
    TO_JUDGE,
    Transition,
    quiet,
)
from shared.vocabulary import AWAITING_FOLLOW_UP, CONTEST, IN_PROGRESS, EventType, State

_JUDGES = frozenset({ADMIN, JUDGE})
_JUDGED = (EventType.CONTEST_JUDGED,)
_ENDS = frozenset({CONTEST})
_TOLD = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)
# The states in which an annulment may leave a complaint.
ANNULLED: frozenset[State] = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})

CONTESTS: tuple[Transition, ...] = (
    quiet(
        ActKind.CONTEST,
        {BY_REPORTER},
        frozenset({IN_PROGRESS}),
        (EventType.FOLLOW_UP_CONTESTED,),
        (REPORTER, TO_JUDGE, LIAISON_OF_HOLDER),
        begins=_ENDS,
    ),
    # The follow-up is awaited again, unless another one of the same turn stands.
    Transition(
        ActKind.ANNULMENT,
        by=_JUDGES,
        before=frozenset({IN_PROGRESS}),
        after=None,
        events=_JUDGED,
        tells=_TOLD,
        returns=ANNULLED,
        ends=_ENDS,
    ),
    # What is interrupted returns to it.
    quiet(ActKind.ANNULMENT, _JUDGES, CONTESTED - {IN_PROGRESS}, _JUDGED, _TOLD, ends=_ENDS),
    quiet(ActKind.CONFIRMATION, _JUDGES, CONTESTED, _JUDGED, (REPORTER, LIAISON_OF_HOLDER), ends=_ENDS),
)
