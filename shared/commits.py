"""Group commit: all requests that wait at one moment share one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from asyncpg import UniqueViolationError

from shared.db.outages import is_outage, was_rolled_back
from shared.db.transaction import Tx
from shared.telemetry import batch_size

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Action = Callable[[Tx[Any], Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]]
Begin = Callable[..., AbstractAsyncContextManager[Tx[Any]]]
Waiting = tuple[Any, asyncio.Future[Any]]


class Commits:
    """One queue per action of a service; while a batch commits, the next one gathers."""

    def __init__(self, service: str, begin: Begin, most: int) -> None:
        self._service, self._begin, self._most = service, begin, most
        self._waiting: dict[Any, list[Waiting]] = defaultdict(list)
        self._tasks: dict[Any, asyncio.Task[None]] = {}

    def submit(self, action: Action[Item, Outcome], item: Item) -> asyncio.Future[Outcome]:
        """A future of the action's outcome for this item, set after the commit; an error is raised.

        The action gives one outcome per item, in order; an outcome that is an exception concerns that item alone.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[action].append((item, future))
        if action not in self._tasks:
            # The task begins in the next turn of the event loop, so that requests of this turn join.
            self._tasks[action] = asyncio.create_task(self._work(action))
        return future

    async def _work(self, action: Action[Any, Any]) -> None:
        waiting = self._waiting[action]
        try:
            while waiting:
                batch, waiting[: self._most] = waiting[: self._most], []
                batch_size.labels(self._service, "requests").observe(len(batch))
                await self._commit(action, batch)
        finally:
            del self._tasks[action]

    async def _commit(
        self, action: Action[Any, Any], batch: Sequence[Waiting], is_retry: bool = False, holds: bool = False
    ) -> None:
        try:
            async with self._begin(holds=holds) as tx:
                tx.is_retry = is_retry
                outcomes = await action(tx, [item for item, _ in batch])
                if len(outcomes) != len(batch):
                    raise TypeError(f"{action} gave {len(outcomes)} outcomes for {len(batch)} items")
        except Exception as error:
            # A unique value was taken meanwhile: the second try reads the existing row, or draws another value.
            if isinstance(error, UniqueViolationError) and not is_retry:
                return await self._commit(action, batch, is_retry=True, holds=holds)
            # Its moment was promised to be over, or it was in another's way: the next try has a later moment.
            if was_rolled_back(error) and not holds:
                return await self._commit(action, batch, is_retry, holds=True)
            if len(batch) > 1 and not is_outage(error):
                return await self._one_by_one(action, batch)
            outcomes = [error] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            _settle(future, outcome)

    async def _one_by_one(self, action: Action[Any, Any], batch: Sequence[Waiting]) -> None:
        for waiting in batch:
            await self._commit(action, [waiting])


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():  # The caller has gone; the work is committed all the same.
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
