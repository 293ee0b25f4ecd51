"""The outbox and its relay: what was committed is published, in order, and nothing else."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from uuid import uuid4

import pytest

from shared import outbox, relay
from shared.bus import BusDown
from shared.events import decode, event_of
from shared.relay import Relay
from shared.service import RunningService
from tests.shared.conftest import ToyMaker
from tests.shared.recorder import Recorder, X, stage, under_way, waiting
from tests.shared.toy import fact, rows


async def test_staged_facts_are_published_in_order_once(service: RunningService) -> None:
    bus = Recorder()
    await stage(service, 1, 2)
    await stage(service, 3)
    assert await Relay(service, bus).once() == 3
    assert await Relay(service, bus).once() == 0
    assert bus.published == [1, 2, 3]


async def test_an_empty_outbox_publishes_nothing(service: RunningService) -> None:
    bus = Recorder()
    assert await Relay(service, bus).once() == 0
    assert not bus.entered.is_set()


async def test_facts_of_a_rolled_back_transaction_are_never_seen(service: RunningService) -> None:
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            tx.stage(fact(X))
            raise RuntimeError
    assert not service.db.wakes["relay"].is_set()
    assert await waiting(service) == 0


async def test_a_commit_wakes_the_relay_and_not_before(service: RunningService) -> None:
    async with service.begin() as tx:
        tx.stage(fact(X))
        assert not service.db.wakes["relay"].is_set()
    assert service.db.wakes["relay"].is_set()


async def test_a_slower_transaction_that_commits_a_lower_seq_later_is_not_lost(service: RunningService) -> None:
    bus = Recorder()
    async with service.begin() as slow:
        await slow.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X, 1), service.now())]))
        await stage(service, 2)
        assert await Relay(service, bus).once() == 1
    assert await Relay(service, bus).once() == 1
    assert bus.published == [2, 1]
    assert await waiting(service) == 0


async def test_a_lower_seq_committed_while_a_batch_is_on_its_way_stays(service: RunningService) -> None:
    bus = Recorder()
    async with AsyncExitStack() as slower:
        slow = await slower.enter_async_context(service.begin())
        await slow.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X, 1), service.now())]))
        await stage(service, 2)
        async with under_way(service, bus) as relaying:
            await slower.aclose()
            await stage(service, 3)
    assert await relaying == 1
    assert await Relay(service, bus).once() == 2
    assert bus.published == [2, 1, 3]


async def test_a_bus_that_fails_keeps_the_rows(service: RunningService) -> None:
    bus = Recorder()
    bus.down = True
    await stage(service, 1, 2)
    for _ in range(2):
        with pytest.raises(BusDown):
            await Relay(service, bus).once()
    bus.down = False
    assert await Relay(service, bus).once() == 2
    assert bus.published == [1, 2]


async def test_a_crash_after_publishing_publishes_again(service: RunningService) -> None:
    bus = Recorder()
    bus.gate = asyncio.Event()
    await stage(service, 1)
    relaying = asyncio.create_task(Relay(service, bus).once())
    await bus.entered.wait()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    bus.gate = None
    assert await Relay(service, bus).once() == 1


async def test_a_large_outbox_goes_in_batches_and_in_order(make_toy: ToyMaker) -> None:
    service = await make_toy(relay_batch=1_000)
    bus = Recorder()
    await stage(service, *range(5_500))
    publisher = Relay(service, bus)
    assert [await publisher.once() for _ in range(2)] == [5_500, 0]
    assert bus.published == list(range(5_500))


async def test_a_turn_ends_before_a_large_backlog_does(make_toy: ToyMaker) -> None:
    service = await make_toy(relay_batch=1_000)
    seconds = count(step=2)  # between one look at the clock and the next
    await stage(service, *range(5_500))
    publisher = Relay(service, Recorder(), lambda: next(seconds))
    turns = [await publisher.once() for _ in range(9)]
    assert max(turns) < 5_500 and sum(turns) == 5_500


async def test_the_backlog_tells_count_and_age(service: RunningService) -> None:
    async with service.begin() as tx:
        assert await relay.backlog(tx) == (0, 0.0)
    await stage(service, 1, 2)
    async with service.begin() as tx:
        await tx.execute("UPDATE outbox SET staged_at = now() - interval '90 seconds'")
        count, age = await relay.backlog(tx)
    assert count == 2
    assert age == pytest.approx(90, abs=1)


async def test_a_large_backlog_is_estimated(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage(service, *range(relay.COUNTED + 500))
    assert await waiting(service) == relay.COUNTED + 500
    await rows(service, "DELETE FROM outbox WHERE seq % 100 = 50 RETURNING 1")
    assert await waiting(service) > relay.COUNTED


async def test_a_loop_is_woken_by_the_commit_that_leaves_work_for_it(service: RunningService) -> None:
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            tx.wake("send")
            raise RuntimeError
    assert not service.db.wakes["send"].is_set()
    async with service.begin() as tx:
        tx.wake("send")
        assert not service.db.wakes["send"].is_set()
    assert service.db.wakes["send"].is_set()


async def test_every_staged_fact_carries_the_moment_of_its_transaction(service: RunningService) -> None:
    async with service.begin() as tx:
        tx.stage(fact(uuid4()))
        moment = tx.now
    [(value,)] = await rows(service, "SELECT value FROM outbox")
    event = decode(value)
    assert event is not None
    assert event.time == moment
