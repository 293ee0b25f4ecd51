"""Points: what a complaint raises, listed at its verification; an answer gives each of them a text of its own."""

from collections.abc import Sequence

from services.routing.domain.substance import normalised


def as_list(texts: Sequence[str]) -> str:
    """Texts as people read them, numbered from 1; a point holds no line break."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def from_list(text: str) -> list[str]:
    """The points of such a list."""
    return [line.partition(". ")[2] for line in text.splitlines()]


def first_unanswered(points: Sequence[str], answers: Sequence[str]) -> int | None:
    """The number of the first point whose answer has no letter and no digit."""
    given = [*answers, *[""] * len(points)]
    return next((number for number, _ in enumerate(points, 1) if not normalised(given[number - 1])), None)


def with_answers(text: str, answers: Sequence[str]) -> str:
    """An answer in full: what it says of the whole, then of each point by its number.

    A point may repeat what the reporter wrote. An answer is public, so it does not repeat the point.
    """
    return "\n\n".join([text, as_list(answers)]) if answers else text
