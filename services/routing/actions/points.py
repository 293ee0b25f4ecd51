"""Points: kept sealed with the case, told to the reporter, and answered one by one."""

from uuid import UUID

from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.domain.points import as_list, first_unanswered, from_list, with_answers
from services.routing.errors import PointUnanswered, UnknownPoint
from services.routing.state import State
from shared.errors import Refusal
from shared.lifecycle.acts import ActKind

# Above the list, where the reporter reads it.
HEADING = "Pokok yang akan dijawab:"


def listed_points(state: State, id: UUID, sealed: str | None) -> list[str]:
    """The points to be answered; none where they cannot be opened, which must not keep anyone from answering."""
    return from_list(state.read(sealed, str(id)).get("text") or "") if sealed else []


def told_points(state: State, id: UUID, sealed: str | None) -> str | None:
    """The points as an event carries them, sealed, under their heading."""
    points = listed_points(state, id, sealed)
    return state.seal(f"{HEADING}\n{as_list(points)}", str(id)) if points else None


def refusal_of_points(state: State, id: UUID, act: Act, case: Case) -> Refusal | None:
    """Why an answer is refused that leaves out a point, or answers one that was not listed."""
    if act.kind not in (ActKind.ANSWER, ActKind.DRAFT):
        return None
    points = listed_points(state, id, case.points)
    if len(act.points) > len(points):
        return UnknownPoint(field=f"points.{len(points)}")
    number = first_unanswered(points, act.points)
    return PointUnanswered(number) if number else None


def words_with_points(act: Act, words: str | None) -> str | None:
    """What is kept of an act's words: a verification's note with the points, an answer with what it says of each."""
    if act.kind == ActKind.VERIFICATION and act.points:
        return "\n".join(filter(None, [words, as_list(act.points)]))
    answers = act.kind in (ActKind.ANSWER, ActKind.DRAFT) and words
    return with_answers(words, act.points) if answers and words else words
