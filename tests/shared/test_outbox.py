"""The outbox: what was committed is published, in order, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import pytest

from shared import outbox
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import decode, event_of
from shared.service import Site
from tests.shared.conftest import Toys
from tests.shared.toy import fact, rows

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


async def stage(site: Site, *steps: int) -> None:
    async with site.db.begin(site) as tx:
        tx.stage(*(fact(X, step) for step in steps))


async def waiting(site: Site) -> int:
    async with site.db.begin(site) as tx:
        return (await outbox.backlog(tx))[0]


async def test_staged_facts_are_published_in_order_once(site: Site) -> None:
    bus = Recorder()
    await stage(site, 1, 2)
    await stage(site, 3)
    assert await outbox.relay_once(site, bus) == 3
    assert await outbox.relay_once(site, bus) == 0
    assert bus.published == [1, 2, 3]


async def test_an_empty_outbox_publishes_nothing(site: Site) -> None:
    bus = Recorder()
    assert await outbox.relay_once(site, bus) == 0
    assert not bus.entered.is_set()


async def test_facts_of_a_rolled_back_transaction_are_never_seen(site: Site) -> None:
    with pytest.raises(RuntimeError):
        async with site.db.begin(site) as tx:
            tx.stage(fact(X))
            raise RuntimeError
    assert not site.db.staged.is_set()
    assert await waiting(site) == 0


async def test_a_commit_wakes_the_relay_and_not_before(site: Site) -> None:
    async with site.db.begin(site) as tx:
        tx.stage(fact(X))
        assert not site.db.staged.is_set()
    assert site.db.staged.is_set()


async def test_a_slower_transaction_that_commits_a_lower_seq_later_is_not_lost(site: Site) -> None:
    bus = Recorder()
    async with site.db.begin(site) as slow:
        await outbox.stage(slow, [event_of(fact(X, 1), site.now())])
        await stage(site, 2)
        assert await outbox.relay_once(site, bus) == 1
    assert await outbox.relay_once(site, bus) == 1
    assert bus.published == [2, 1]
    assert await waiting(site) == 0


@asynccontextmanager
async def under_way(site: Site, bus: Recorder) -> AsyncIterator["asyncio.Task[int]"]:
    """A relay in the midst of its publishing; it goes on when the block ends."""
    bus.gate = asyncio.Event()
    relaying = asyncio.create_task(outbox.relay_once(site, bus))
    await bus.entered.wait()
    try:
        yield relaying
    finally:
        bus.gate.set()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_a_lower_seq_committed_while_a_batch_is_on_its_way_stays(site: Site) -> None:
    bus = Recorder()
    async with AsyncExitStack() as slower:
        slow = await slower.enter_async_context(site.db.begin(site))
        await outbox.stage(slow, [event_of(fact(X, 1), site.now())])
        await stage(site, 2)
        async with under_way(site, bus) as relaying:
            await slower.aclose()
            await stage(site, 3)
    assert await relaying == 1
    assert await outbox.relay_once(site, bus) == 2
    assert bus.published == [2, 1, 3]


async def test_two_relays_never_publish_at_once(toys: Toys) -> None:
    one, two = await toys(), await toys()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        assert await outbox.relay_once(two, other) == 0
        assert not other.entered.is_set()
    assert await relaying == 1
    await stage(one, 2)
    assert await outbox.relay_once(two, other) == 1


async def test_a_bus_that_fails_keeps_the_rows(site: Site) -> None:
    bus = Recorder()
    bus.down = True
    await stage(site, 1, 2)
    for _ in range(2):
        with pytest.raises(BusDown):
            await outbox.relay_once(site, bus)
    bus.down = False
    assert await outbox.relay_once(site, bus) == 2
    assert bus.published == [1, 2]


async def test_a_crash_after_publishing_publishes_again(site: Site) -> None:
    bus = Recorder()
    bus.gate = asyncio.Event()
    await stage(site, 1)
    relaying = asyncio.create_task(outbox.relay_once(site, bus))
    await bus.entered.wait()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    bus.gate = None
    assert await outbox.relay_once(site, bus) == 1


async def test_a_large_outbox_goes_in_batches_and_in_order(toys: Toys) -> None:
    site = await toys(relay_batch=1_000)
    bus = Recorder()
    await stage(site, *range(5_500))
    counts = [await outbox.relay_once(site, bus) for _ in range(7)]
    assert counts == [1_000] * 5 + [500, 0]
    assert bus.published == list(range(5_500))


async def test_the_backlog_tells_count_and_age(site: Site) -> None:
    async with site.db.begin(site) as tx:
        assert await outbox.backlog(tx) == (0, 0.0)
    await stage(site, 1, 2)
    async with site.db.begin(site) as tx:
        await tx.execute("UPDATE outbox SET staged_at = now() - interval '90 seconds'")
        count, age = await outbox.backlog(tx)
    assert count == 2
    assert age == pytest.approx(90, abs=1)


async def test_every_staged_fact_carries_the_moment_of_its_transaction(site: Site) -> None:
    async with site.db.begin(site) as tx:
        tx.stage(fact(uuid4()))
        moment = tx.now
    [(value,)] = await rows(site, "SELECT value FROM outbox")
    event = decode(value)
    assert event is not None
    assert event.time == moment
