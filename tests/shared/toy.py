"""A toy service: it notes every step of a complaint; a handler, an action and a timer that fail when told to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    select,
    text,
)

from services.settings import Settings
from shared.bus import Message
from shared.clock import Clock, ManualClock
from shared.db.database import Database
from shared.db.transaction import Tx
from shared.errors import Conflict
from shared.events import Event, Fact, SeatFoundVacant, encode, event_of
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from shared.service import RunningService, Service, Timer, no_state
from shared.tables import service_tables
from tests.services import MONDAY


class Taken(Conflict):
    """This step is taken."""

    indonesian = "Langkah ini sudah ada."


@dataclass
class Faults:
    """What the toy is to stumble over: steps whose handling raises, and how often each was tried."""

    steps: set[int] = field(default_factory=set)
    tried: list[int] = field(default_factory=list)
    timer_work: int = 0
    cut: bool = False  # the connection is lost at work
    cut_alone: set[int] = field(default_factory=set)  # or only where these steps are handled by themselves


def toy_tables() -> MetaData:
    """The tables of the toy: `notes`, in which a step twice is refused only at commit, and `kept`."""
    tables = service_tables()
    Table(
        "notes",
        tables,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("complaint_id", Uuid, nullable=False),
        Column("step", Integer, nullable=False),
        UniqueConstraint("complaint_id", "step", deferrable=True, initially="DEFERRED"),
    )
    Table("kept", tables, Column("words", Text))
    return tables


NOTES = toy_tables().tables["notes"]


def toy(name: str = "toy", faults: Faults | None = None) -> Service[None]:
    """A service that notes every step it hears of, and fails when told to."""
    faults = faults or Faults()
    tables = toy_tables()

    async def on_seat_found_vacant(tx: Tx, events: Sequence[Event[SeatFoundVacant]]) -> None:
        await tx.insert(NOTES, [{"complaint_id": e.fact.complaint_id, "step": e.fact.step} for e in events])
        if faults.cut or (len(events) == 1 and events[0].fact.step in faults.cut_alone):
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        faults.tried += [e.fact.step for e in events]
        if bad := faults.steps & {e.fact.step for e in events}:
            raise RuntimeError(f"stumbled over {bad}")

    async def count_down(service: RunningService) -> int:
        faults.timer_work = max(0, faults.timer_work - 1)
        return faults.timer_work

    return Service(
        name, (), {SeatFoundVacant: on_seat_found_vacant}, (Timer("count-down", count_down),), tables, no_state
    )


@asynccontextmanager
async def toy_site(
    admin_url: str, database: str, faults: Faults | None = None, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[RunningService]:
    """A toy with a role, a schema and tables of its own in this database."""
    await create_roles(admin_url, database, ["toy"])
    db = Database(admin_url.replace("//postgres@/postgres?", f"//toy@/{database}?"), changes.pop("database_pool", 3))
    service = RunningService(toy("toy", faults), Settings(**changes), clock or ManualClock(MONDAY), db)
    async with db.engine.begin() as connection:
        await connection.run_sync(service.definition.tables.create_all)
    yield service
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
    await tx.insert(NOTES, rows)
    tx.stage(*(fact(row["complaint_id"], row["step"]) for row in rows))
    return [Taken() if step == 13 else step for _, step in items]


def fact(complaint_id: UUID, step: int = 1) -> SeatFoundVacant:
    return SeatFoundVacant(complaint_id=complaint_id, agency="A", role="leader", step=step, reported_to=())


def message(told: Fact) -> Message:
    return Message(told.topic, told.key, encode(event_of(told, MONDAY)))


async def noted(service: RunningService) -> list[tuple[UUID, int]]:
    """What the toy has noted, in order."""
    notes = service.definition.tables.tables["notes"]
    async with service.begin() as tx:
        rows = await tx.execute(select(notes.c.complaint_id, notes.c.step).order_by(notes.c.seq))
    return [(row.complaint_id, row.step) for row in rows]


async def rows(service: RunningService, sql: str, **values: Any) -> list[Any]:
    async with service.begin() as tx:
        return [tuple(row) for row in await tx.execute(text(sql), values)]
