"""The database of one service: its connections, and the transactions on them."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.clock import Clock
from shared.db.outages import is_outage, was_rolled_back
from shared.db.transaction import Tx
from shared.settings.process import Settings

RESET = "SELECT pg_advisory_unlock_all(), set_config('idle_session_timeout', NULL, false)"

S = TypeVar("S")


class Database:
    """The database of one service, seen through its own role."""

    def __init__(self, url: str, pool: int = 8) -> None:
        # The driver begins and commits; SQLAlchemy only executes, and has nothing to undo when a connection comes back.
        self._autocommit: AsyncEngine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            pool_use_lifo=True,
            pool_size=pool,
            max_overflow=pool,
            pool_timeout=30,
            # Errors are logged and parked; they must not repeat the values of rows.
            hide_parameters=True,
            json_deserializer=orjson.loads,
            connect_args={"timeout": 10},
        )
        # The same connections with transactions of SQLAlchemy's own, as migrations want them.
        self.engine = self._autocommit.execution_options(isolation_level="READ COMMITTED")
        # One event for each loop of the service in this process, set when a transaction has left work for it.
        self.wakes: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @contextlib.asynccontextmanager
    async def begin(
        self,
        clock: Clock,
        settings: Settings,
        state: S,
        now: datetime | None = None,
        *,
        promises: frozenset[str] = frozenset(),
        holds: bool = False,
        reads: bool = False,
    ) -> AsyncIterator[Tx[S]]:
        """A transaction that commits at the end of the block, or rolls back on an error; `reads`: without either."""
        async with self._checkout() as (connection, driver):
            tx = Tx(
                connection,
                driver,
                now=now or clock.now(),
                clock=clock,
                settings=settings,
                state=state,
                promises=promises,
                reads=reads,
            )
            try:
                if holds and promises:
                    await tx.hold_promise()
                yield tx
                await tx.end()
            except BaseException as error:
                # After a cancellation the driver may wait for ever; it can do nothing else meanwhile.
                # One that PostgreSQL rolled back for the sake of others is sound.
                lost = is_outage(error) and not was_rolled_back(error)
                if driver.is_closed() or lost or not isinstance(error, Exception):
                    await connection.invalidate()
                else:
                    await tx.undo()
                raise
        for loop in tx.woken:
            self.wakes[loop].set()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator["asyncpg.Connection"]:
        """A connection without a transaction; session locks and an idle timeout on it end with the block."""
        async with self._checkout() as (connection, driver):
            try:
                yield driver
                await driver.fetchrow(RESET)
            except BaseException as error:
                if driver.is_closed() or is_outage(error) or not isinstance(error, Exception):
                    await connection.invalidate()
                else:
                    await driver.fetchrow(RESET)
                raise

    @contextlib.asynccontextmanager
    async def _checkout(self) -> AsyncIterator[tuple[AsyncConnection, "asyncpg.Connection"]]:
        """A connection, last used first, with its driver's own; it goes back with the block."""
        connection = await self._autocommit.connect()
        try:
            yield connection, await _driver_of(connection)
        finally:
            await connection.close()

    async def close(self) -> None:
        await self._autocommit.dispose()


async def _driver_of(connection: AsyncConnection) -> "asyncpg.Connection":
    assert connection.sync_connection is not None
    pooled: Any = connection.sync_connection.connection
    if pooled.driver_connection.is_closed():  # Lost since it was last used; the same place in the pool connects anew.
        await connection.invalidate()
        pooled = await connection.get_raw_connection()
    return pooled.driver_connection
