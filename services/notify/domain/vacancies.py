"""Vacancies: who is told in place of a seat or a reporter that could not be reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.notify.domain.notices import NOBODY
from shared.vocabulary import COORDINATOR, LEADER, LIAISON, NoticeOutcome

RANK: Mapping[str, int] = {LIAISON: 0, COORDINATOR: 1, LEADER: 2}
VACANT, UNREACHABLE, EITHER = "vacant", "unreachable", "either"


@dataclass(frozen=True, slots=True)
class Post:
    """A filled seat in a chain of agencies, `height` agencies above its start."""

    agency: str
    role: str
    height: int


def post_above(posts: Iterable[Post], role: str | None) -> Post | None:
    """The nearest filled coordinator's or leader's seat above the seat of this role at the start of the chain.

    In place of a reporter (no role), who must be called or written to: the nearest coordinator, or else leader.
    """
    rank = -1 if role is None else RANK.get(role, 0)
    above = [post for post in posts if post.role in (COORDINATOR, LEADER)]
    above = [post for post in above if post.height or RANK[post.role] > rank]
    if role is None:
        return min(above, key=lambda post: (RANK[post.role], post.height), default=None)
    return min(above, key=lambda post: (post.height, RANK[post.role]), default=None)


def details_above(
    details: Mapping[str, Any], agency: str | None, role: str | None, outcome: NoticeOutcome
) -> dict[str, Any]:
    """The details of the message to the seat above: also which seats were passed over, and what is wrong with them."""
    if role is None:
        return dict(details)
    missing = VACANT if outcome == NOBODY else UNREACHABLE
    if details.get("missing") not in (None, missing):
        missing = EITHER
    return {**details, "vacant": [*details.get("vacant", ()), {"agency": agency, "role": role}], "missing": missing}
