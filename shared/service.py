"""What a service is, as data; and what its code has at hand while it runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import MetaData, Select

from shared.clock import Clock
from shared.commits import Action, Commits
from shared.db.database import Database
from shared.db.transaction import Tx
from shared.events import COMPLAINTS, Event, Fact
from shared.settings.process import Settings

State = TypeVar("State")
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Handler = Callable[[Tx[Any], Sequence[Event[Any]]], Awaitable[None]]
Step = Callable[["RunningService[Any]"], Awaitable[int]]
SayAgain = Callable[[Tx[Any], Sequence[UUID]], Awaitable[int]]
PublishAgain = Callable[[Tx[Any], Sequence[str]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Timer:
    """A loop: `step` does one batch and returns how much it did; less than `full` lets the loop rest."""

    name: str
    step: Step
    rest_seconds: float | None = None
    # Only where each commit that leaves work wakes the loop may it rest after a turn that did something.
    full: int = 1


async def no_state(service: "RunningService[None]") -> None:
    """The state of a service that keeps nothing in memory."""


async def nothing_to_release(state: Any) -> None:
    """For a service that has nothing to give back."""


@dataclass(frozen=True, slots=True)
class Service(Generic[State]):
    """One service: its doors, its tables, the state it prepares before its doors open and releases afterwards.

    `promises` are the topics on which it promises its progress, `awaits` the services whose promises its timers need.
    """

    name: str
    routers: tuple[APIRouter, ...]
    handlers: Mapping[type[Fact], Handler]
    timers: tuple[Timer, ...]
    tables: MetaData
    prepare: Callable[["RunningService[State]"], Awaitable[State]]
    release: Callable[[State], Awaitable[None]] = nothing_to_release
    promises: frozenset[str] = frozenset()
    awaits: frozenset[str] = frozenset()
    # How long events gather between two polls. Where nobody waits for what follows, longer: a turn costs some
    # milliseconds of processor time, whatever it carries.
    gather_seconds: float = 0.005
    # Stages again what the service owns of these complaints; how many of them it knows.
    say_again: SayAgain | None = None
    # Stages again the agencies with these codes; how many of them it can say.
    publish_again: PublishAgain | None = None
    # The ids of its sensitive complaints, none of which a list of parked messages names.
    sensitive: Select[UUID] | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted({fact.topic for fact in self.handlers})) or (COMPLAINTS,)


@dataclass(slots=True)
class RunningService(Generic[State]):
    """A service while it runs: its settings, clock and database, and the state that its `prepare` made."""

    definition: Service[State]
    settings: Settings
    clock: Clock
    db: Database
    # None until `prepare` has made it; no door is open before.
    state: State = field(default=cast(Any, None))
    _commits: Commits = field(init=False)
    _readings: Commits = field(init=False)
    _reading: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        # Readers leave connections to the others: beyond the pool one is opened, costs some 20 ms and is closed again.
        self._reading = asyncio.Semaphore(max(2, self.settings.database_pool // 2))
        self._commits = Commits(self.name, self.begin, self.settings.commit_batch)
        self._readings = Commits(self.name, self._begin_reading, self.settings.commit_batch)

    @property
    def name(self) -> str:
        return self.definition.name

    def now(self) -> datetime:
        return self.clock.now()

    def begin(self, now: datetime | None = None, *, holds: bool = False) -> AbstractAsyncContextManager[Tx[State]]:
        """A transaction at this moment, which commits at the end of its block.

        One that `holds` the promise from its beginning cannot be refused for what is promised meanwhile.
        """
        promises = self.definition.promises
        return self.db.begin(self.clock, self.settings, self.state, now, promises=promises, holds=holds)

    def submit(self, action: Action[Item, Outcome], item: Item) -> Awaitable[Outcome]:
        """The outcome of an action for this item, from the group commit; it is durable when it is given.

        Code after `yield` in a FastAPI dependency runs after the response, so no dependency may ever commit.
        """
        return self._commits.submit(action, item)

    async def read(self, query: Callable[..., Awaitable[Outcome]], *values: Any) -> Outcome:
        """What an action gives that only reads; half the pool of connections serves all readers."""
        async with self._begin_reading() as tx:
            return await query(tx, *values)

    def read_together(self, action: Action[Item, Outcome], item: Item) -> Awaitable[Outcome]:
        """The outcome of an action that only reads, for this item: all readers of one moment share its statements."""
        return self._readings.submit(action, item)

    @asynccontextmanager
    async def _begin_reading(self, *, holds: bool = False) -> AsyncIterator[Tx[State]]:
        """A transaction that only reads, and has no promise to hold."""
        async with self._reading, self.db.begin(self.clock, self.settings, self.state, reads=True) as tx:
            yield tx

    async def prepare(self) -> None:
        """Make the state, before the doors open. Raises BadSettings."""
        self.state = await self.definition.prepare(self)

    async def close(self) -> None:
        """Release the state and part from the database."""
        try:
            if self.state is not None:
                await self.definition.release(self.state)
        finally:
            await self.db.close()
