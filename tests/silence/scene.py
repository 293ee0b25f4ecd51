"""All that the doors and the bus show of the complaints at one moment of a simulation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events import AgencyPublished, Event
from shared.vocabulary import ENDED
from tests.silence.house import ADMIN, House


@dataclass(frozen=True, slots=True)
class Scene:
    """By complaint: its case, clocks and public view as JSON, and its events in order of publication.

    `cases` lack those that were not routed. `agencies` are as published last. `holders` are those that sla
    knows, `standings` state and transfers as intake has them.
    """

    now: datetime
    filed: Sequence[UUID]
    cases: Mapping[UUID, Any]
    clocks: Mapping[UUID, Sequence[Any]]
    public: Mapping[UUID, Any]
    events: Mapping[UUID, Sequence[Event[Any]]]
    agencies: Mapping[str, AgencyPublished]
    holders: Mapping[UUID, str | None]
    standings: Mapping[UUID, tuple[str, int]]

    def is_open(self, id: UUID) -> bool:
        """Whether somebody waits for something; what was answered is open until its reporter is content, or silent."""
        return id not in self.cases or self.cases[id]["state"] not in ENDED

    @property
    def open_ids(self) -> Sequence[UUID]:
        return [id for id in self.filed if self.is_open(id)]

    def runs(self, id: UUID) -> Sequence[Any]:
        """The clocks of a complaint that have a next moment."""
        return [clock for clock in self.clocks[id] if clock["next_at"] is not None]

    def has_seat(self, agency: str, role: str) -> bool:
        """Whether an agency that is still there has an address for this seat."""
        card = self.agencies.get(agency)
        if card is None or getattr(card, "departed", False):
            return False
        return any(seat.role == role and seat.email for seat in card.seats)


async def scene_of(house: House) -> Scene:
    """Read everything through the doors; from a database only what no door shows."""
    filed = list(house.references)
    cases = await house.read_each([f"/routing/complaints/{id}" for id in filed], ADMIN)
    clocks = await house.read_each([f"/sla/complaints/{id}/clocks" for id in filed])
    public = await house.read_each([f"/intake/complaints/{house.references[id]}/timeline" for id in filed])
    holders = await house.rows("sla", "SELECT id, holder FROM complaints")
    standings = await house.rows("intake", "SELECT complaint_id AS id, state, transfers FROM standings")
    events: dict[UUID, list[Event[Any]]] = defaultdict(list)
    known = {str(id): id for id in filed}
    for event in house.bus.events.values():
        if event.subject in known:
            events[known[event.subject]].append(event)
    return Scene(
        now=house.clock.now(),
        filed=filed,
        cases={id: case for id, case in zip(filed, cases, strict=True) if case},
        clocks={id: found or [] for id, found in zip(filed, clocks, strict=True)},
        public=dict(zip(filed, public, strict=True)),
        events=events,
        agencies=house.agencies,
        holders={UUID(str(row.id)): row.holder for row in holders},
        standings={UUID(str(row.id)): (row.state, row.transfers) for row in standings},
    )


def at(shown: str) -> datetime:
    """A moment as a door shows it."""
    return datetime.fromisoformat(shown)
