"""The outbox and its relay: exactly the committed facts are published, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import pytest

from shared import outbox, relay
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import decode, event_of
from shared.service import RunningService
from tests.shared.conftest import ToyMaker
from tests.shared.toy import fact, rows

X = UUID(int=1)


class Recorder(MemoryBus):
    """Records the published steps; a `gate` holds a publication until it is set."""

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


async def test_staged_facts_are_published_in_order_once(service: RunningService) -> None:
    bus = Recorder()
    await stage(service, 1, 2)
    await stage(service, 3)
    assert await relay.relay_once(service, bus) == 3
    assert await relay.relay_once(service, bus) == 0
    assert bus.published == [1, 2, 3]


async def test_an_empty_outbox_publishes_nothing(service: RunningService) -> None:
    bus = Recorder()
    assert await relay.relay_once(service, bus) == 0
    assert not bus.entered.is_set()


async def test_facts_of_a_rolled_back_transaction_are_never_published(service: RunningService) -> None:
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            tx.stage(fact(X))
            raise RuntimeError
    assert not service.db.staged.is_set()
    assert await waiting(service) == 0


async def test_the_relay_is_woken_at_the_commit(service: RunningService) -> None:
    async with service.begin() as tx:
        tx.stage(fact(X))
        assert not service.db.staged.is_set()
    assert service.db.staged.is_set()


async def test_a_lower_seq_committed_later_is_still_published(service: RunningService) -> None:
    bus = Recorder()
    async with service.begin() as slow:
        await slow.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X, 1), service.now())]))
        await stage(service, 2)
        assert await relay.relay_once(service, bus) == 1
    assert await relay.relay_once(service, bus) == 1
    assert bus.published == [2, 1]
    assert await waiting(service) == 0


@asynccontextmanager
async def publishing(service: RunningService, bus: Recorder) -> AsyncIterator["asyncio.Task[int]"]:
    """A relay that is publishing; it goes on when the block ends."""
    bus.gate = asyncio.Event()
    relaying = asyncio.create_task(relay.relay_once(service, bus))
    await bus.entered.wait()
    try:
        yield relaying
    finally:
        bus.gate.set()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_a_lower_seq_committed_during_a_publication_is_published_next(service: RunningService) -> None:
    bus = Recorder()
    async with AsyncExitStack() as slower:
        slow = await slower.enter_async_context(service.begin())
        await slow.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X, 1), service.now())]))
        await stage(service, 2)
        async with publishing(service, bus) as relaying:
            await slower.aclose()
            await stage(service, 3)
    assert await relaying == 1
    assert await relay.relay_once(service, bus) == 2
    assert bus.published == [2, 1, 3]


async def test_two_relays_never_publish_at_the_same_time(make_toy: ToyMaker) -> None:
    one, two = await make_toy(), await make_toy()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with publishing(one, bus) as relaying:
        assert await relay.relay_once(two, other) == 0
        assert not other.entered.is_set()
    assert await relaying == 1
    await stage(one, 2)
    assert await relay.relay_once(two, other) == 1


async def test_rows_stay_in_the_outbox_while_the_bus_fails(service: RunningService) -> None:
    bus = Recorder()
    bus.down = True
    await stage(service, 1, 2)
    for _ in range(2):
        with pytest.raises(BusDown):
            await relay.relay_once(service, bus)
    bus.down = False
    assert await relay.relay_once(service, bus) == 2
    assert bus.published == [1, 2]


async def test_a_crash_after_publishing_publishes_again(service: RunningService) -> None:
    bus = Recorder()
    bus.gate = asyncio.Event()
    await stage(service, 1)
    relaying = asyncio.create_task(relay.relay_once(service, bus))
    await bus.entered.wait()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    bus.gate = None
    assert await relay.relay_once(service, bus) == 1


async def test_a_large_outbox_is_published_in_batches_and_in_order(make_toy: ToyMaker) -> None:
    service = await make_toy(relay_batch=1_000)
    bus = Recorder()
    await stage(service, *range(5_500))
    counts = [await relay.relay_once(service, bus) for _ in range(7)]
    assert counts == [1_000] * 5 + [500, 0]
    assert bus.published == list(range(5_500))


async def test_the_backlog_gives_count_and_age(service: RunningService) -> None:
    async with service.begin() as tx:
        assert await relay.backlog(tx) == (0, 0.0)
    await stage(service, 1, 2)
    async with service.begin() as tx:
        await tx.execute("UPDATE outbox SET staged_at = now() - interval '90 seconds'")
        count, age = await relay.backlog(tx)
    assert count == 2
    assert age == pytest.approx(90, abs=1)


async def test_every_staged_fact_carries_the_moment_of_its_transaction(service: RunningService) -> None:
    async with service.begin() as tx:
        tx.stage(fact(uuid4()))
        moment = tx.now
    [(value,)] = await rows(service, "SELECT value FROM outbox")
    event = decode(value)
    assert event is not None
    assert event.time == moment
