"""Group commit: all requests that wait at one moment share one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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


# While one commit waits for the disk another may do its work; more would only make each smaller.
AT_ONCE = 2


@dataclass(slots=True)
class Queue:
    """What waits for one action, and how much each of its commits under way has taken."""

    waiting: list[Waiting] = field(default_factory=list)
    under_way: dict[object, int] = field(default_factory=dict)

    def is_due(self) -> bool:
        """Whether to commit now: nothing is under way, or as many wait as the largest commit has taken."""
        enough = max(self.under_way.values(), default=1)
        return len(self.under_way) < AT_ONCE and len(self.waiting) >= enough


class Commits:
    """One queue per action; while a batch commits, the next one gathers."""

    def __init__(self) -> None:
        self._queues: dict[Any, Queue] = defaultdict(Queue)
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, site: "Site", action: Action[Item, Outcome], item: Item) -> asyncio.Future[Outcome]:
        """To await what the action gave for this item, after its transaction committed; or its error, raised.

        The action gives one outcome per item, in order; an outcome that is an exception concerns that item alone.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        queue = self._queues[action]
        queue.waiting.append((item, future))
        self._start_if_due(site, action, queue)
        return future

    def _start_if_due(self, site: "Site", action: Action[Any, Any], queue: Queue) -> None:
        if not queue.is_due():
            return
        mark = object()
        queue.under_way[mark] = len(queue.waiting)
        task = asyncio.create_task(self._work(site, action, queue, mark))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, site: "Site", action: Action[Any, Any], queue: Queue, mark: object) -> None:
        # Taken only now: requests of the same turn of the loop have joined.
        most = site.settings.commit_batch
        batch, queue.waiting[:most] = queue.waiting[:most], []
        queue.under_way[mark] = len(batch)
        try:
            if batch:
                batch_size.labels(site.name, "requests").observe(len(batch))
                await _commit(site, action, batch)
        finally:
            del queue.under_way[mark]
            self._start_if_due(site, action, queue)


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
