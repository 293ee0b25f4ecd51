"""A bus that keeps what was published, and what the tests of outbox and relay do with it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from shared import relay
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import decode
from shared.relay import Relay
from shared.service import RunningService
from tests.shared.toy import fact

X = UUID(int=1)


class Recorder(MemoryBus):
    """Keeps what was published; `during` runs while a publish is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[int] = []
        self.down = False
        self.gate: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> None:
        self.entered.set()
        if self.gate:
            await self.gate.wait()
        if self.down:
            raise BusDown
        self.published += [event.fact.step for m in messages if m.value and (event := decode(m.value))]


async def stage(service: RunningService, *steps: int) -> None:
    async with service.begin() as tx:
        tx.stage(*(fact(X, step) for step in steps))


async def waiting(service: RunningService) -> int:
    async with service.begin() as tx:
        return (await relay.backlog(tx))[0]


async def published_by(publisher: Relay) -> None:
    """Returns once this relay has had a turn in which it published."""
    async with asyncio.timeout(30):
        while not await publisher.once():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def under_way(service: RunningService, bus: Recorder) -> AsyncIterator["asyncio.Task[int]"]:
    """A relay in the midst of its publishing; it goes on when the block ends."""
    bus.gate = asyncio.Event()
    relaying = asyncio.create_task(Relay(service, bus).once())
    await bus.entered.wait()
    try:
        yield relaying
    finally:
        bus.gate.set()
        await asyncio.gather(relaying, return_exceptions=True)
