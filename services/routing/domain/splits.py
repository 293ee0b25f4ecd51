"""Splits: what becomes of a whole when the last of its parts has ended, or one of them is open again."""

from collections.abc import Collection

from services.routing.domain.acts import Act
from shared.lifecycle.acts import BY_SYSTEM, ActKind
from shared.lifecycle.table import transitions_of
from shared.lifecycle.transitions import OPEN, Transition
from shared.vocabulary import ANSWERED, ARCHIVED, CLOSED, OVER_HANDLING, PARTS_ENDED, SPLIT, State

# The states of a part for which somebody has to act.
_UNDONE = OPEN | OVER_HANDLING


def is_undone(state: State) -> bool:
    """Whether a part in this state keeps its whole open: an answered one does not, unless it is disputed."""
    return state in _UNDONE


def act_of_whole(whole: State, parts: Collection[State]) -> Act | None:
    """What the system does with a whole whose parts are in these states; None if it stays as it is."""
    if any(map(is_undone, parts)):
        return Act(ActKind.SPLIT) if whole in (CLOSED, ARCHIVED) else None
    if whole != SPLIT:
        return None
    is_answered = any(part in (ANSWERED, CLOSED) for part in parts)
    return Act(ActKind.ANSWER) if is_answered else Act(ActKind.ARCHIVING, reason=PARTS_ENDED)


def row_of_whole(act: Act, whole: State) -> Transition:
    """The row of the table by which the system does this with a whole in this state."""
    return next(row for row in transitions_of(act.kind, [BY_SYSTEM]) if whole in row.before)
