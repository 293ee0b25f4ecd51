"""The database of one service: its connections, and the transactions on them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from shared.clock import Clock
from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.settings.process import Settings

S = TypeVar("S")
Lent = tuple[AsyncConnection, "asyncpg.Connection"]


class Database:
    """The database of one service, seen through its own role."""

    def __init__(self, url: str, pool: int = 8) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=pool,
            pool_timeout=30,
            # Errors are logged and parked; they must not repeat the values of rows.
            hide_parameters=True,
            connect_args={"timeout": 10},
        )
        # The driver begins and commits; SQLAlchemy only executes.
        self._work = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # A checkout costs as much as four statements, so connections stay out between transactions, last used first.
        self._kept: list[Lent] = []
        self._most = pool
        self._waiting = 0
        self.staged = asyncio.Event()

    @contextlib.asynccontextmanager
    async def begin(
        self, clock: Clock, settings: Settings, state: S, now: datetime | None = None
    ) -> AsyncIterator[Tx[S]]:
        """A transaction that commits at the end of the block, or rolls back on an error."""
        connection, driver = await self._take()
        tx = Tx(connection, driver, now=now or clock.now(), clock=clock, settings=settings, state=state)
        try:
            yield tx
            await tx.end()
        except BaseException as error:
            # After a cancellation the driver may wait for ever; it can do nothing else meanwhile.
            if driver.is_closed() or is_outage(error) or not isinstance(error, Exception):
                await connection.invalidate()
            else:
                await tx.undo()
            raise
        finally:
            await self._give_back((connection, driver))
        if tx.staged:
            self.staged.set()

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
        driver: Any = (await connection.get_raw_connection()).driver_connection
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
