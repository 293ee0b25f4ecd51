"""The outbox and its relay: what was committed is published, in order, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import pytest

from shared import outbox, relay
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import decode, event_of
from shared.relay import Floor, Relay
from shared.service import RunningService
from tests.shared.conftest import Toys
from tests.shared.toy import fact, rows

X = UUID(int=1)
OTHERS = """SELECT * FROM pg_stat_activity WHERE usename = 'toy' AND pid <> pg_backend_pid()
   AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"""


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


async def test_two_relays_never_publish_at_once(toys: Toys) -> None:
    one, two = await toys(), await toys()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        assert await Relay(two, other).once() == 0
        assert not other.entered.is_set()
    assert await relaying == 1
    await stage(one, 2)
    assert await Relay(two, other).once() == 1


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


async def test_a_large_outbox_goes_in_batches_and_in_order(toys: Toys) -> None:
    service = await toys(relay_batch=1_000)
    bus = Recorder()
    await stage(service, *range(5_500))
    publisher = Relay(service, bus)
    assert [await publisher.once() for _ in range(2)] == [5_500, 0]
    assert bus.published == list(range(5_500))
    await stage(service, *range(10_001))
    assert [await publisher.once() for _ in range(3)] == [10_000, 1, 0]  # A turn ends before a large backlog does.


async def test_no_transaction_is_open_while_the_bus_is_asked(service: RunningService) -> None:
    bus = Recorder()
    await stage(service, 1)
    async with under_way(service, bus):
        assert (
            await rows(service, f"SELECT 1 FROM ({OTHERS}) AS others WHERE state <> 'idle' OR backend_xmin IS NOT NULL")
            == []
        )
        assert await rows(service, f"SELECT 1 FROM ({OTHERS}) AS others WHERE state = 'idle'") != []


async def test_another_relay_takes_over_when_the_session_of_the_first_is_lost(toys: Toys) -> None:
    one, two = await toys(), await toys()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        await rows(two, f"SELECT pg_terminate_backend(pid) FROM ({OTHERS}) AS others")
        await published_by(Relay(two, other))
    with pytest.raises(Exception, match=r"closed|terminat"):
        await relaying
    assert (bus.published, other.published) == ([1], [1])
    assert await waiting(one) == 0


async def test_another_relay_takes_over_from_one_that_is_frozen(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 3_600)
    monkeypatch.setattr(relay, "LOCK", relay.LOCK.replace(f"{relay.SILENCE_SECONDS}s", "50ms"))
    one, two = await toys(), await toys()
    bus, other = Recorder(), Recorder()
    await stage(one, 1, 2)
    async with under_way(one, bus) as relaying:
        await published_by(Relay(two, other))
    assert other.published == [1, 2]
    with pytest.raises(Exception, match=r"closed|idle-session"):
        await relaying


async def test_a_relay_that_waits_for_the_bus_for_long_keeps_its_turn(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(relay, "LOCK", relay.LOCK.replace(f"{relay.SILENCE_SECONDS}s", "1s"))
    one, two = await toys(), await toys()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        for _ in range(3):
            await asyncio.sleep(0.5)
            assert await Relay(two, other).once() == 0
    assert await relaying == 1


async def test_a_session_leaves_neither_lock_nor_timeout_behind(service: RunningService) -> None:
    bus = Recorder()
    bus.down = True
    await stage(service, 1)
    with pytest.raises(BusDown):
        await Relay(service, bus).once()
    assert await rows(service, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == []
    assert await rows(service, "SELECT current_setting('idle_session_timeout')") == [("0",)]


async def test_the_floor_rises_and_no_late_commit_is_passed_over(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "STEP", 4)
    bus = Recorder()
    publisher = Relay(service, bus)
    async with AsyncExitStack() as slower:
        slow = await slower.enter_async_context(service.begin())
        await slow.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X, 1), service.now())]))
        await slow.execute("SELECT 1")
        for step in range(10, 30):
            await stage(service, step)
            assert await publisher.once() == 1
        assert publisher._floor.seq == 0
    # What follows on the same complaint must not come first.
    await stage(service, 2)
    assert await publisher.once() == 2
    assert bus.published == [*range(10, 30), 1, 2]
    await stage(service, *range(30, 40))
    assert await publisher.once() == 10
    await stage(service, 40)
    assert await publisher.once() == 1
    assert publisher._floor.seq >= 20
    assert bus.published[22:] == list(range(30, 41))


async def test_the_floor_waits_for_those_who_wrote_before_not_for_those_who_came_after(service: RunningService) -> None:
    floor = Floor()
    floor.after_batch(last=5_000, count=5_000, full=True)
    async with service.db.session() as session, service.begin() as early:
        await early.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X), service.now())]))
        await early.execute("SELECT 1")
        await floor.before_read(session)
        floor.after_batch(last=6_000, count=1_000, full=True)
        assert floor.seq == 0
        await early.execute("COMMIT")
        await early.execute("BEGIN")
        await early.insert(outbox.OUTBOX, outbox.rows_of([event_of(fact(X), service.now())]))
        await early.execute("SELECT 1")
        await floor.before_read(session)
        floor.after_batch(last=4_000, count=1_000, full=True)
        assert floor.seq == 0  # There may be more below the goal than this batch had.
        floor.after_batch(last=7_000, count=1_000, full=True)
        assert floor.seq == 5_000


async def test_what_stands_below_the_floor_is_found_at_the_next_look(service: RunningService) -> None:
    bus, now = Recorder(), 0.0
    publisher = Relay(service, bus, lambda: now)
    await stage(service, 1)
    assert await publisher.once() == 1
    publisher._floor.seq = 1_000
    await stage(service, 2)
    assert await publisher.once() == 0
    now += relay.LOOK_SECONDS
    assert await publisher.once() == 1


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
