"""The rows of the second look: an agency above finds an answer in order, or has it given again."""

from shared.lifecycle.acts import ABOVE_HOLDER, ActKind
from shared.lifecycle.transitions import LIAISON_OF_HOLDER, TO_HOLDER, Transition, quiet
from shared.vocabulary import ANSWERED, CLOSED, IN_PROGRESS, EventType, State


def _send_back(before: State) -> Transition:
    return Transition(
        ActKind.REMAND,
        by=frozenset({ABOVE_HOLDER}),
        before=frozenset({before}),
        after=IN_PROGRESS,
        events=(EventType.COMPLAINT_REOPENED,),
        tells=TO_HOLDER,
    )


REVIEWS: tuple[Transition, ...] = (
    quiet(
        ActKind.ENDORSEMENT,
        {ABOVE_HOLDER},
        frozenset({ANSWERED, CLOSED}),
        (EventType.ANSWER_ENDORSED,),
        (LIAISON_OF_HOLDER,),
    ),
    _send_back(ANSWERED),
    _send_back(CLOSED),
)
