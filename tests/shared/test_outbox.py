"""The outbox and its relay: what was committed is published, in order, and nothing else."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from shared import outbox
from shared.bus import BusDown
from shared.events import decode, event_of
from shared.relay import Relay
from shared.service import Site
from tests.shared.conftest import Toys
from tests.shared.recorder import Recorder, X, stage, under_way, waiting
from tests.shared.toy import fact, rows


async def test_staged_facts_are_published_in_order_once(site: Site) -> None:
    bus = Recorder()
    await stage(site, 1, 2)
    await stage(site, 3)
    assert await Relay(site, bus).once() == 3
    assert await Relay(site, bus).once() == 0
    assert bus.published == [1, 2, 3]


async def test_an_empty_outbox_publishes_nothing(site: Site) -> None:
    bus = Recorder()
    assert await Relay(site, bus).once() == 0
    assert not bus.entered.is_set()


async def test_facts_of_a_rolled_back_transaction_are_never_seen(site: Site) -> None:
    with pytest.raises(RuntimeError):
        async with site.db.begin(site) as tx:
            tx.stage(fact(X))
            raise RuntimeError
    assert not site.db.wakes["relay"].is_set()
    assert await waiting(site) == 0


async def test_a_commit_wakes_the_relay_and_not_before(site: Site) -> None:
    async with site.db.begin(site) as tx:
        tx.stage(fact(X))
        assert not site.db.wakes["relay"].is_set()
    assert site.db.wakes["relay"].is_set()


async def test_a_slower_transaction_that_commits_a_lower_seq_later_is_not_lost(site: Site) -> None:
    bus = Recorder()
    async with site.db.begin(site) as slow:
        await outbox.stage(slow, [event_of(fact(X, 1), site.now())])
        await stage(site, 2)
        assert await Relay(site, bus).once() == 1
    assert await Relay(site, bus).once() == 1
    assert bus.published == [2, 1]
    assert await waiting(site) == 0


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
    assert await Relay(site, bus).once() == 2
    assert bus.published == [2, 1, 3]


async def test_a_bus_that_fails_keeps_the_rows(site: Site) -> None:
    bus = Recorder()
    bus.down = True
    await stage(site, 1, 2)
    for _ in range(2):
        with pytest.raises(BusDown):
            await Relay(site, bus).once()
    bus.down = False
    assert await Relay(site, bus).once() == 2
    assert bus.published == [1, 2]


async def test_a_crash_after_publishing_publishes_again(site: Site) -> None:
    bus = Recorder()
    bus.gate = asyncio.Event()
    await stage(site, 1)
    relaying = asyncio.create_task(Relay(site, bus).once())
    await bus.entered.wait()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    bus.gate = None
    assert await Relay(site, bus).once() == 1


async def test_a_large_outbox_goes_in_batches_and_in_order(toys: Toys) -> None:
    site = await toys(relay_batch=1_000)
    bus = Recorder()
    await stage(site, *range(5_500))
    publisher = Relay(site, bus)
    assert [await publisher.once() for _ in range(2)] == [5_500, 0]
    assert bus.published == list(range(5_500))
    await stage(site, *range(10_001))
    assert [await publisher.once() for _ in range(3)] == [10_000, 1, 0]  # A turn ends before a large backlog does.


async def test_the_backlog_tells_count_and_age(site: Site) -> None:
    async with site.db.begin(site) as tx:
        assert await outbox.backlog(tx) == (0, 0.0)
    await stage(site, 1, 2)
    async with site.db.begin(site) as tx:
        await tx.execute("UPDATE outbox SET staged_at = now() - interval '90 seconds'")
        count, age = await outbox.backlog(tx)
    assert count == 2
    assert age == pytest.approx(90, abs=1)


async def test_a_large_backlog_is_estimated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage(site, *range(outbox.COUNTED + 500))
    assert await waiting(site) == outbox.COUNTED + 500
    await rows(site, "DELETE FROM outbox WHERE seq % 100 = 50 RETURNING 1")
    assert await waiting(site) > outbox.COUNTED


async def test_a_loop_is_woken_by_the_commit_that_leaves_work_for_it(site: Site) -> None:
    with pytest.raises(RuntimeError):
        async with site.db.begin(site) as tx:
            tx.wake("send")
            raise RuntimeError
    assert not site.db.wakes["send"].is_set()
    async with site.db.begin(site) as tx:
        tx.wake("send")
        assert not site.db.wakes["send"].is_set()
    assert site.db.wakes["send"].is_set()


async def test_every_staged_fact_carries_the_moment_of_its_transaction(site: Site) -> None:
    async with site.db.begin(site) as tx:
        tx.stage(fact(uuid4()))
        moment = tx.now
    [(value,)] = await rows(site, "SELECT value FROM outbox")
    event = decode(value)
    assert event is not None
    assert event.time == moment
