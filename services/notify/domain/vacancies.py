"""Vacancies: who is told in place of a seat or a reporter that could not be reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.notify.domain.notices import NOBODY
from shared.vocabulary import COORDINATOR, LEADER, LIAISON, NoticeOutcome

RANK: Mapping[str, int] = {LIAISON: 0, COORDINATOR: 1, LEADER: 2}
VACANT, UNREACHABLE, EITHER = "vacant", "unreachable", "either"


@dataclass(frozen=True, slots=True)
class FilledSeat:
    """A filled seat in a chain of agencies, `height` agencies above its start."""

    agency: str
    role: str
    height: int


def seat_above(seats: Iterable[FilledSeat], role: str | None) -> FilledSeat | None:
    """The nearest filled coordinator's or leader's seat above the seat of this role at the start of the chain.

    In place of a reporter (no role), who must be called or written to: the nearest coordinator, or else leader.
    """
    rank = -1 if role is None else RANK.get(role, 0)
    above = [seat for seat in seats if seat.role in (COORDINATOR, LEADER)]
    above = [seat for seat in above if seat.height or RANK[seat.role] > rank]
    if role is None:
        return min(above, key=lambda seat: (RANK[seat.role], seat.height), default=None)
    return min(above, key=lambda seat: (seat.height, RANK[seat.role]), default=None)


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
