"""A toy service: it stores every step of a complaint. Its handler, action and timer fail on request."""

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
from shared.events import Event, Fact, SeatFoundVacant, event_of
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from shared.service import RunningService, Service, Timer, no_state
from shared.tables import service_tables
from tests.make import found_vacant, message_of
from tests.services import MONDAY


class Taken(Conflict):
    """This step is taken."""

    def message(self, language: str) -> str:
        return "Langkah ini sudah ada." if language == "id" else super().message(language)


@dataclass
class Faults:
    """The faults of a toy: the steps whose handler raises, and every step that was tried."""

    steps: set[int] = field(default_factory=set)
    tried: list[int] = field(default_factory=list)
    timer_work: int = 0
    cut: bool = False  # the handler loses its connection
    cut_alone: set[int] = field(default_factory=set)  # these steps lose it when handled one by one


def toy_tables() -> MetaData:
    """The tables of the toy: `notes`, which refuses a repeated step at the commit, and `kept`."""
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
    """A service that stores every step of its events, with these faults."""
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
async def toy_service(
    admin_url: str, database: str, faults: Faults | None = None, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[RunningService]:
    """A running toy with its own role, schema and tables in this database."""
    await create_roles(admin_url, database, ["toy"])
    db = Database(admin_url.replace("//postgres@/postgres?", f"//toy@/{database}?"), changes.pop("database_pool", 3))
    service = RunningService(toy("toy", faults), Settings(**changes), clock or ManualClock(MONDAY), db)
    async with db.engine.begin() as connection:
        await connection.run_sync(service.definition.tables.create_all)
    yield service
    await db.close()


async def make_tables(services: Sequence[Service], admin_url: str, database: str) -> dict[str, str]:
    """Create roles, schemas and tables of these toys in a database; gives the settings with their URLs."""
    await create_roles(admin_url, database, ALL)
    urls = {name: admin_url.replace("//postgres@/postgres?", f"//{name}@/{database}?") for name in ALL}
    for service in services:
        db = Database(urls[service.name])
        async with db.engine.begin() as connection:
            await connection.run_sync(service.tables.create_all)
        await db.close()
    return {f"{name}_database_url": url for name, url in urls.items()}


async def note(tx: Tx, items: Sequence[tuple[UUID, int]]) -> list[int | Exception]:
    """An action: stores every step and stages an event for it; 13 is refused, 0 raises an error."""
    if any(step == 0 for _, step in items):
        raise ZeroDivisionError
    rows = [{"complaint_id": complaint, "step": step} for complaint, step in items if step != 13]
    await tx.insert(NOTES, rows)
    tx.stage(*(fact(row["complaint_id"], row["step"]) for row in rows))
    return [Taken() if step == 13 else step for _, step in items]


def fact(complaint_id: UUID, step: int = 1) -> SeatFoundVacant:
    """The fact that a toy handles."""
    return found_vacant(complaint_id, step=step)


def message(fact: Fact) -> Message:
    """The fact as the bus carries it, said on Monday."""
    return message_of(event_of(fact, MONDAY))


async def noted(service: RunningService) -> list[tuple[UUID, int]]:
    """The steps that the toy has stored, in order."""
    notes = service.definition.tables.tables["notes"]
    async with service.begin() as tx:
        rows = await tx.execute(select(notes.c.complaint_id, notes.c.step).order_by(notes.c.seq))
    return [(row.complaint_id, row.step) for row in rows]


async def rows(service: RunningService, sql: str, **values: Any) -> list[Any]:
    async with service.begin() as tx:
        return [tuple(row) for row in await tx.execute(text(sql), values)]


async def failure(service: RunningService, sql: str = "SELECT 1") -> Exception | None:
    """The error of this statement in a transaction of its own, or None."""
    try:
        async with service.begin() as tx:
            await tx.execute(sql)
    except Exception as error:
        return error
    return None
