"""One engine and role per service; a transaction that stages events; rows inserted by the batch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ARRAY, Enum, String, Table, TextClause, text
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


class Tx:
    """One transaction of one service at one moment; facts staged in it are published only if it commits."""

    def __init__(self, connection: AsyncConnection, site: "Site", now: datetime) -> None:
        self.connection, self.site, self.now = connection, site, now
        self.staged: list[Fact] = []

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
        jsons = [name for name in names if isinstance(table.c[name].type, postgresql.JSONB)]
        columns = {name: [row[name] for row in rows] for name in names}
        columns.update({name: [_json(value) for value in columns[name]] for name in jsons})
        result = await self.connection.execute(_insert(table, names, skip_known, returning), columns)
        return result.all() if returning else ()

    def stage(self, *facts: Fact) -> None:
        """Have these facts published once this transaction has committed."""
        self.staged.extend(facts)


class Database:
    """The database of one service, seen through its own role."""

    def __init__(self, url: str, pool: int = 8) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool, max_overflow=pool, pool_timeout=30, connect_args={"timeout": 10}
        )
        self.staged = asyncio.Event()

    @contextlib.asynccontextmanager
    async def begin(self, site: "Site", now: datetime | None = None) -> AsyncIterator[Tx]:
        async with self.engine.begin() as connection:
            tx = Tx(connection, site, now or site.now())
            yield tx
            await outbox.stage(tx, tx.staged)
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
    return state.startswith(PASSING)


@lru_cache(maxsize=256)
def _insert(table: Table, names: tuple[str, ...], skip_known: bool, returning: str) -> TextClause:
    quote = DIALECT.identifier_preparer.quote
    arrays = ", ".join(f"CAST(:{name} AS {_element(table.c[name].type)}[])" for name in names)
    columns = ", ".join(map(quote, names))
    conflict = " ON CONFLICT DO NOTHING" if skip_known else ""
    wanted = f" RETURNING {returning}" if returning else ""
    return text(f"INSERT INTO {quote(table.name)} ({columns}) SELECT * FROM unnest({arrays}){conflict}{wanted}")


def _element(kind: TypeEngine[Any]) -> str:
    if isinstance(kind, ARRAY):
        raise TypeError("unnest would flatten a column of arrays; use jsonb")
    # A cast to varchar(n) would cut a long text silently; the column itself refuses it.
    return "text" if isinstance(kind, String) and not isinstance(kind, Enum) else str(kind.compile(DIALECT))


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
