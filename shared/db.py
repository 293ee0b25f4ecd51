"""One engine and role per service; a transaction that stages events; rows inserted by the batch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Enum, String, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, NotSupportedError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable
from sqlalchemy.types import TypeEngine

from shared import outbox
from shared.events import Fact

if TYPE_CHECKING:
    from shared.service import Site

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# Lost or refused; role or database missing; shutting down or starting up; out of room; disk failed; a standby that was
# the primary; deadlock and serialization, which are worth a retry.
PASSING = ("08", "28", "3D", "57", "53", "58", "25006", "40")
# Rows are inserted without SQLAlchemy, which would give errors a name of its own.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of `returning`, its columns as attributes."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class Tx:
    """One transaction of one service at one moment; facts staged in it are published only if it commits."""

    def __init__(self, connection: AsyncConnection, driver: "asyncpg.Connection", site: "Site", now: datetime) -> None:
        self.connection, self.site, self.now = connection, site, now
        self.staged: list[Fact] = []
        self._driver = driver

    async def execute(self, statement: Executable | str, values: Any = None) -> CursorResult[Any]:
        """Run one statement; plain SQL is taken as text with `:name` values."""
        return await self.connection.execute(text(statement) if isinstance(statement, str) else statement, values)

    async def insert(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, skip_known: bool = False, returning: str = ""
    ) -> Sequence[Any]:
        """Insert all rows with one statement; each row has the same columns. Gives the rows of `returning`."""
        if not rows:
            return ()
        names = tuple(rows[0])
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"rows for {table.name} differ in their columns")
        # One JSON document, straight to the driver: a quarter of the processor time of arrays through SQLAlchemy.
        document = orjson.dumps(rows, default=_plain).decode()
        found: Sequence[Any] = await self._driver.fetch(
            _insert(table, names, skip_known, returning), document, record_class=Row
        )
        return found

    def stage(self, *facts: Fact) -> None:
        """Have these facts published once this transaction has committed."""
        self.staged.extend(facts)


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
        self.staged = asyncio.Event()

    @contextlib.asynccontextmanager
    async def begin(self, site: "Site", now: datetime | None = None) -> AsyncIterator[Tx]:
        async with self._work.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            tx: Tx | None = None
            try:
                async with driver.transaction():
                    tx = Tx(connection, driver, site, now or site.now())
                    yield tx
                    await outbox.stage(tx, tx.staged)
            except BaseException as error:
                # Dead, left in its transaction by a second cancellation, or cancelled while it began, which the driver
                # remembers as a transaction that is open: the pool must not hand it out again.
                if tx is None or driver.is_closed() or driver.is_in_transaction() or is_outage(error):
                    await connection.invalidate()
                raise
        if tx.staged:
            self.staged.set()

    async def close(self) -> None:
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
def _insert(table: Table, names: tuple[str, ...], skip_known: bool, returning: str) -> str:
    quote = DIALECT.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    typed = ", ".join(f"{quote(name)} {_type(table.c[name].type)}" for name in names)
    conflict = " ON CONFLICT DO NOTHING" if skip_known else ""
    wanted = f" RETURNING {returning}" if returning else ""
    rows = f"SELECT {columns} FROM json_to_recordset($1) AS new ({typed})"
    return f"INSERT INTO {quote(table.name)} ({columns}) {rows}{conflict}{wanted}"


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
