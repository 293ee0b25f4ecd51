"""A toy service: it notes every step of a complaint; a handler, an action and a timer that fail when told to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Integer, Table, Text, UniqueConstraint, Uuid, select, text

from shared.batch import Commits
from shared.bus import Message
from shared.clock import Clock, ManualClock
from shared.db import Database, Tx
from shared.desk import create_roles
from shared.errors import Conflict
from shared.events import Event, Fact, SeatFoundVacant, encode, event_of
from shared.runtime import ALL
from shared.service import Service, Site, Timer
from shared.settings import Settings
from shared.tables import plumbing
from tests.house import MONDAY


class Taken(Conflict):
    """This step is taken."""

    def message(self, language: str) -> str:
        return "Langkah ini sudah ada." if language == "id" else super().message(language)


@dataclass
class Faults:
    """What the toy is to stumble over: steps whose handling raises, and how often each was tried."""

    steps: set[int] = field(default_factory=set)
    tried: list[int] = field(default_factory=list)
    timer_work: int = 0
    cut: bool = False  # the connection is lost at work
    cut_alone: set[int] = field(default_factory=set)  # or only where these steps are handled by themselves


def toy(name: str = "toy", faults: Faults | None = None) -> Service:
    """A service with one table, `notes`, in which an impossible step (99) is refused only at commit."""
    faults = faults or Faults()
    tables = plumbing()
    notes = Table(
        "notes",
        tables,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("complaint_id", Uuid, nullable=False),
        Column("step", Integer, nullable=False),
        UniqueConstraint("complaint_id", "step", deferrable=True, initially="DEFERRED"),
    )
    Table("kept", tables, Column("words", Text))

    async def on_seat_found_vacant(tx: Tx, events: Sequence[Event[SeatFoundVacant]]) -> None:
        await tx.insert(notes, [{"complaint_id": e.fact.complaint_id, "step": e.fact.step} for e in events])
        if faults.cut or (len(events) == 1 and events[0].fact.step in faults.cut_alone):
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        faults.tried += [e.fact.step for e in events]
        if bad := faults.steps & {e.fact.step for e in events}:
            raise RuntimeError(f"stumbled over {bad}")

    async def count_down(site: Site) -> int:
        faults.timer_work = max(0, faults.timer_work - 1)
        return faults.timer_work

    return Service(name, (), {SeatFoundVacant: on_seat_found_vacant}, (Timer("count-down", count_down),), tables)


@asynccontextmanager
async def toy_site(
    admin_url: str, database: str, faults: Faults | None = None, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[Site]:
    """A toy with a role, a schema and tables of its own in this database."""
    await create_roles(admin_url, database, ["toy"])
    db = Database(admin_url.replace("//postgres@/postgres?", f"//toy@/{database}?"), changes.pop("database_pool", 3))
    site = Site(toy("toy", faults), Settings(**changes), clock or ManualClock(MONDAY), db, Commits())
    async with db.engine.begin() as connection:
        await connection.run_sync(site.service.tables.create_all)
    yield site
    await db.close()


async def make_tables(services: Sequence[Service], admin_url: str, database: str) -> dict[str, str]:
    """Roles, schemas and tables of these toys in a database; the settings that lead to them."""
    await create_roles(admin_url, database, ALL)
    urls = {name: admin_url.replace("//postgres@/postgres?", f"//{name}@/{database}?") for name in ALL}
    for service in services:
        db = Database(urls[service.name])
        async with db.engine.begin() as connection:
            await connection.run_sync(service.tables.create_all)
        await db.close()
    return {f"{name}_database_url": url for name, url in urls.items()}


async def note(tx: Tx, items: Sequence[tuple[UUID, int]]) -> list[int | Exception]:
    """An action: notes every step and tells of it; 13 is taken, 0 breaks the code."""
    if any(step == 0 for _, step in items):
        raise ZeroDivisionError
    rows = [{"complaint_id": complaint, "step": step} for complaint, step in items if step != 13]
    await tx.insert(tx.site.service.tables.tables["notes"], rows)
    tx.stage(*(fact(row["complaint_id"], row["step"]) for row in rows))
    return [Taken() if step == 13 else step for _, step in items]


def fact(complaint_id: UUID, step: int = 1) -> SeatFoundVacant:
    return SeatFoundVacant(complaint_id=complaint_id, agency="A", role="leader", step=step, reported_to=())


def message(told: Fact) -> Message:
    return Message(told.topic, told.key, encode(event_of(told, MONDAY)))


async def noted(site: Site) -> list[tuple[UUID, int]]:
    """What the toy has noted, in order."""
    notes = site.service.tables.tables["notes"]
    async with site.db.begin(site) as tx:
        rows = await tx.execute(select(notes.c.complaint_id, notes.c.step).order_by(notes.c.seq))
    return [(row.complaint_id, row.step) for row in rows]


async def rows(site: Site, sql: str, **values: Any) -> list[Any]:
    async with site.db.begin(site) as tx:
        return [tuple(row) for row in await tx.execute(text(sql), values)]
