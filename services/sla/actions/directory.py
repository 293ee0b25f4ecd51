"""The directory: kept from what routing publishes, and held in memory by every replica until its version rises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from services.sla.domain.ladder import Agency, Chain, Reach, chain_of, reach
from services.sla.domain.steps import Step
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import AgencyPublished, Event, Recipient

# An agency told again changes nothing, so that no replica reads the directory again for it; nor does an older one.
KEEP = """
INSERT INTO agencies (code, parent, name, tier, region, zone, seats, published_at)
SELECT * FROM unnest(CAST(:code AS text[]), CAST(:parent AS text[]), CAST(:name AS text[]), CAST(:tier AS text[]),
                     CAST(:region AS text[]), CAST(:zone AS text[]), CAST(:seats AS jsonb[]),
                     CAST(:published_at AS timestamptz[]))
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name = excluded.name, tier = excluded.tier,
    region = excluded.region, zone = excluded.zone, seats = excluded.seats, published_at = excluded.published_at
WHERE agencies.published_at < excluded.published_at OR agencies.published_at = excluded.published_at AND
    (agencies.parent, agencies.name, agencies.tier, agencies.region, agencies.zone, agencies.seats)
    IS DISTINCT FROM (excluded.parent, excluded.name, excluded.tier, excluded.region, excluded.zone, excluded.seats)
"""
# The row's lock lets one change commit after the other: a version that is seen has all that came before it.
RAISE = """
INSERT INTO directory_versions (id, version) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET version = directory_versions.version + 1
"""
VERSION = "SELECT version FROM directory_versions"
READ = "SELECT code, parent, zone, seats FROM agencies"


@dataclass(frozen=True, slots=True)
class Told:
    """A reach in the words of the contract."""

    recipients: tuple[Recipient, ...]
    vacant: tuple[Recipient, ...]


@dataclass(slots=True)
class Directory:
    """All agencies at one version, and whom each step reached so far."""

    version: int
    agencies: Mapping[str, Agency]
    _told: dict[tuple[str, bool, Step], Told] = field(default_factory=dict)

    def told(self, agency: str, clock: str, step: Step) -> Told:
        """Whom this step of a clock reaches; an agency that nobody knows has the root alone above it."""
        key = agency, clock == "verification", step
        if key not in self._told:
            self._told[key] = _told(reach(self.chain(agency), clock, step))
        return self._told[key]

    def chain(self, agency: str) -> Chain:
        return chain_of(self.agencies, agency)


async def keep_agencies(tx: Tx[State], events: Sequence[Event[AgencyPublished]]) -> None:
    """Take in agencies as published; whether a seat has an address is all that is kept of it."""
    ordered = sorted(events, key=lambda event: event.fact.code)
    facts = [event.fact for event in ordered]
    columns: dict[str, list[Any]] = {
        name: [getattr(fact, name) for fact in facts] for name in ("code", "parent", "name", "tier", "region", "zone")
    }
    columns["published_at"] = [event.time for event in ordered]
    columns["seats"] = [orjson.dumps(_seats(fact)).decode() for fact in facts]
    if (await tx.execute(KEEP, columns)).rowcount:
        await tx.execute(RAISE)


async def directory_of(tx: Tx[State]) -> Directory:
    """The directory as committed, read again only if its version has risen, whoever raised it."""
    memory = tx.state.kept
    version = (await tx.execute(VERSION)).scalar_one_or_none() or 0
    known: Directory | None = memory.get("directory")
    if known is None or known.version != version:
        rows = (await tx.execute(READ)).all()
        known = Directory(version, {row.code: Agency(row.code, row.parent, row.zone, row.seats) for row in rows})
        memory["directory"] = known
    return known


def _seats(fact: AgencyPublished) -> dict[str, bool]:
    filled: dict[str, bool] = {}
    for seat in fact.seats:
        filled[seat.role] = filled.get(seat.role, False) or bool(seat.email)
    return filled


def _told(reached: Reach) -> Told:
    return Told(tuple(_seat(*seat) for seat in reached.told), tuple(_seat(*seat) for seat in reached.vacant))


@lru_cache(maxsize=65_536)
def _seat(agency: str, role: str) -> Recipient:
    return Recipient.model_validate({"agency": agency, "role": role})
