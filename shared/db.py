"""One engine and role per service; a transaction that stages events; rows inserted by the batch."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Enum, String, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, NotSupportedError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import Executable
from sqlalchemy.types import TypeEngine

from shared import outbox
from shared.events import Event, Fact, event_of

if TYPE_CHECKING:
    from shared.service import Site

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# Lost or refused; role or database missing; shutting down or starting up; out of room; disk failed; a standby that was
# the primary; deadlock and serialization, which are worth a retry.
PASSING = ("08", "28", "3D", "57", "53", "58", "25006", "40")
# Rows are inserted without SQLAlchemy, which would give errors a name of its own.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
RESET = "SELECT pg_advisory_unlock_all(), set_config('idle_session_timeout', NULL, false)"

Lent = tuple[AsyncConnection, "asyncpg.Connection"]


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of `returning`, its columns as attributes."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows of these columns into this table; what `Tx.insert` was asked for."""

    table: Table
    names: tuple[str, ...]
    skip_known: bool | str
    returning: str

    def sql(self, place: int) -> str:
        """The statement, which takes its rows from the JSON document `$place`."""
        quote = DIALECT.identifier_preparer.quote
        columns = ", ".join(map(quote, self.names))
        typed = ", ".join(f"{quote(name)} {_type(self.table.c[name].type)}" for name in self.names)
        known = f"{self.skip_known} " if isinstance(self.skip_known, str) else ""
        conflict = f" ON CONFLICT {known}DO NOTHING" if self.skip_known else ""
        wanted = f" RETURNING {self.returning}" if self.returning else ""
        rows = f"SELECT {columns} FROM json_to_recordset(${place}) AS new ({typed})"
        return f"INSERT INTO {quote(self.table.name)} ({columns}) {rows}{conflict}{wanted}"


class Tx:
    """One transaction of one service at one moment; facts staged in it are published only if it commits.

    What is merely inserted goes with the next statement or with the end, so that work which asks nothing is one
    statement, which PostgreSQL commits by itself.
    """

    def __init__(self, connection: AsyncConnection, driver: "asyncpg.Connection", site: "Site", now: datetime) -> None:
        self.connection, self.site, self.now = connection, site, now
        self.staged: list[Event[Any]] = []
        self.woken: set[str] = set()
        self._driver = driver
        self._begun = False
        # Rows of one shape go in together and in their order.
        self._inserts: dict[Insert, list[Mapping[str, Any]]] = {}

    async def execute(self, statement: Executable | str, values: Any = None) -> CursorResult[Any]:
        """Run one statement; plain SQL is taken as text with `:name` values."""
        await self._begin()
        return await self.connection.execute(text(statement) if isinstance(statement, str) else statement, values)

    async def insert(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, skip_known: bool | str = False, returning: str = ""
    ) -> Sequence[Any]:
        """Insert all rows with one statement; each row has the same columns. Gives the rows of `returning`.

        `skip_known` leaves out those that are there; a text says by which columns they are known.
        """
        if not rows:
            return ()
        names = tuple(rows[0])
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"rows for {table.name} differ in their columns")
        insert = Insert(table, names, skip_known, returning)
        if not skip_known and not returning:
            self._inserts.setdefault(insert, []).extend(rows)
            return ()
        await self._begin()
        return await self._send({insert: rows})

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True  # Before it is: what fails meanwhile is rolled back too.
            await self._driver.execute("BEGIN")
        await self._flush()

    async def _flush(self) -> None:
        if self._inserts:
            inserts, self._inserts = self._inserts, {}
            await self._send(inserts)

    async def _send(self, inserts: "Mapping[Insert, Sequence[Mapping[str, Any]]]") -> Sequence[Any]:
        # One JSON document each, straight to the driver: a quarter of the processor time of arrays through SQLAlchemy.
        documents = (orjson.dumps(rows, default=_plain).decode() for rows in inserts.values())
        try:
            found: Sequence[Any] = await self._driver.fetch(_sql(tuple(inserts)), *documents, record_class=Row)
        except asyncpg.PostgresError as error:
            error.detail = None  # It repeats the row, which is nobody's business in a log.
            raise
        return found

    async def end(self) -> None:
        """Make it durable, with all that was staged; `Database.begin` calls this."""
        if self.staged:
            await outbox.stage(self, self.staged)
            self.wake("relay")
        await self._flush()
        if self._begun:
            await self._driver.execute("COMMIT")

    async def undo(self) -> None:
        """Roll back; a connection on which that fails is given up, for it may still be in its transaction."""
        try:
            if self._begun:
                await self._driver.execute("ROLLBACK")
        except BaseException:
            await self.connection.invalidate()
            raise

    def stage(self, *facts: Fact, at: datetime | None = None) -> None:
        """Have these facts published, as of this transaction's moment or another, once it has committed."""
        self.staged.extend(event_of(fact, at or self.now) for fact in facts)

    def wake(self, loop: str) -> None:
        """Have the loop of this name, a timer or `relay`, take its next turn at once after the commit."""
        self.woken.add(loop)


class Database:
    """The database of one service, seen through its own role."""

    def __init__(self, url: str, pool: int = 8) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=pool,
            pool_timeout=30,
            # An error is logged and parked with its words; the rows it was about are nobody's business there.
            hide_parameters=True,
            connect_args={"timeout": 10},
        )
        # The driver begins and commits; SQLAlchemy only executes.
        self._work = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # A checkout costs as much as four statements, so connections stay out between transactions, last used first.
        self._kept: list[Lent] = []
        self._most = pool
        self._waiting = 0
        # One for each loop of this service in this process: set when a transaction has left work for it.
        self.wakes: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @contextlib.asynccontextmanager
    async def begin(self, site: "Site", now: datetime | None = None) -> AsyncIterator[Tx]:
        connection, driver = await self._take()
        tx = Tx(connection, driver, site, now or site.now())
        try:
            yield tx
            await tx.end()
        except BaseException as error:
            # The driver cannot be asked anything while it waits for what was cancelled, maybe for ever.
            if driver.is_closed() or is_outage(error) or not isinstance(error, Exception):
                await connection.invalidate()
            else:
                await tx.undo()
            raise
        finally:
            await self._give_back((connection, driver))
        for loop in tx.woken:
            self.wakes[loop].set()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator["asyncpg.Connection"]:
        """A connection without a transaction; session locks and an idle timeout end with the block."""
        connection, driver = await self._take()
        try:
            yield driver
            await driver.execute(RESET)
        except BaseException as error:
            if driver.is_closed() or is_outage(error) or not isinstance(error, Exception):
                await connection.invalidate()
            else:
                await driver.execute(RESET)
            raise
        finally:
            await self._give_back((connection, driver))

    async def _take(self) -> Lent:
        while self._kept:
            connection, driver = self._kept.pop()
            if not driver.is_closed():
                return connection, driver
            await connection.invalidate()
            await connection.close()
        return await self._checkout()

    async def _checkout(self) -> Lent:
        self._waiting += 1
        try:
            connection = await self._work.connect()
        finally:
            self._waiting -= 1
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        return connection, driver

    async def _give_back(self, lent: Lent) -> None:
        idle = len(self._kept) + cast(QueuePool, self.engine.pool).checkedin()
        if not self._waiting and idle < self._most:
            self._kept.append(lent)
            return
        if not self._waiting:  # Opened in a burst that is over; the pool would keep it beside ours.
            await lent[0].invalidate()
        await lent[0].close()

    async def close(self) -> None:
        while self._kept:
            await self._kept.pop()[0].close()
        await self.engine.dispose()


def is_outage(error: BaseException) -> bool:
    """Whether the database, rather than the work, failed: the same work may succeed later."""
    # NotSupportedError: a newer release altered a table whose plan this connection still remembered.
    if isinstance(error, OSError | PoolTimeout | NotSupportedError):
        return True
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # The driver's own words for a connection that was lost, or lost while the driver was at work on it.
    if isinstance(error, asyncpg.InterfaceError) and "closed" in str(error):
        return True
    if isinstance(error, asyncpg.InternalClientError) and "another operation" in str(error):
        return True
    return state.startswith(PASSING)


@lru_cache(maxsize=256)
def _sql(inserts: tuple[Insert, ...]) -> str:
    """One statement that makes all these inserts, each from a JSON document of its own."""
    *others, last = (insert.sql(place) for place, insert in enumerate(inserts, 1))
    parts = ", ".join(f"i{place} AS ({sql})" for place, sql in enumerate(others))
    return f"WITH {parts} {last}" if others else last


def _type(kind: TypeEngine[Any]) -> str:
    # A cast to varchar(n) would cut a long text silently; the column itself refuses it.
    return "text" if isinstance(kind, String) and not isinstance(kind, Enum) else str(kind.compile(DIALECT))


def _plain(value: Any) -> Any:
    """What orjson cannot write by itself, in PostgreSQL's own spelling."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Decimal | UUID):  # asyncpg has a UUID class of its own
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")
