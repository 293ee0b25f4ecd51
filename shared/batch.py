"""Group commit: all requests that wait at one moment share one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from asyncpg import UniqueViolationError

from shared.db import is_outage
from shared.telemetry import batch_size

if TYPE_CHECKING:
    from shared.db import Tx
    from shared.service import Site

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Action = Callable[["Tx", Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]]
Waiting = tuple[Any, asyncio.Future[Any]]


class Commits:
    """One queue per action; while a batch commits, the next one gathers."""

    def __init__(self) -> None:
        self._waiting: dict[Any, list[Waiting]] = defaultdict(list)
        self._tasks: dict[Any, asyncio.Task[None]] = {}

    def submit(self, site: "Site", action: Action[Item, Outcome], item: Item) -> asyncio.Future[Outcome]:
        """To await what the action gave for this item, after its transaction committed; or its error, raised.

        The action gives one outcome per item, in order; an outcome that is an exception concerns that item alone.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[action].append((item, future))
        if action not in self._tasks:
            # It begins in the loop's next turn, so that requests of this one join.
            self._tasks[action] = asyncio.create_task(self._work(site, action))
        return future

    async def _work(self, site: "Site", action: Action[Any, Any]) -> None:
        most, waiting = site.settings.commit_batch, self._waiting[action]
        try:
            while waiting:
                batch, waiting[:most] = waiting[:most], []
                batch_size.labels(site.name, "requests").observe(len(batch))
                await _commit(site, action, batch)
        finally:
            del self._tasks[action]


async def _commit(site: "Site", action: Action[Any, Any], batch: Sequence[Waiting], tries: int = 2) -> None:
    try:
        async with site.db.begin(site) as tx:
            outcomes = await action(tx, [item for item, _ in batch])
            if len(outcomes) != len(batch):
                raise TypeError(f"{action} gave {len(outcomes)} outcomes for {len(batch)} items")
    except Exception as error:
        if len(batch) > 1 and not is_outage(error):
            return await _one_by_one(site, action, batch)
        # Somebody was quicker, or what was drawn at random is taken: a second try sees that, or draws again.
        if isinstance(error, UniqueViolationError) and tries > 1:
            return await _commit(site, action, batch, tries - 1)
        outcomes = [error] * len(batch)
    for (_, future), outcome in zip(batch, outcomes, strict=True):
        _settle(future, outcome)


async def _one_by_one(site: "Site", action: Action[Any, Any], batch: Sequence[Waiting]) -> None:
    for waiting in batch:
        await _commit(site, action, [waiting])


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():  # The caller has gone; its work is committed all the same.
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
