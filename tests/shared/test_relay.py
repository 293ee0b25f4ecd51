"""The relay: one at a time, no transaction meanwhile, and no event passed over by its floor."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from shared import outbox, relay
from shared.bus import BusDown
from shared.events import event_of
from shared.relay import Floor, Relay
from shared.service import RunningService
from tests.shared.conftest import ToyMaker
from tests.shared.recorder import Recorder, X, published_by, stage, under_way, waiting
from tests.shared.toy import fact, rows

OTHERS = """SELECT * FROM pg_stat_activity WHERE usename = 'toy' AND pid <> pg_backend_pid()
   AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"""


async def test_two_relays_never_publish_at_once(make_toy: ToyMaker) -> None:
    one, two = await make_toy(), await make_toy()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        assert await Relay(two, other).once() == 0
        assert not other.entered.is_set()
    assert await relaying == 1
    await stage(one, 2)
    assert await Relay(two, other).once() == 1


async def test_no_transaction_is_open_while_the_bus_is_asked(service: RunningService) -> None:
    bus = Recorder()
    await stage(service, 1)
    async with under_way(service, bus):
        assert (
            await rows(service, f"SELECT 1 FROM ({OTHERS}) AS others WHERE state <> 'idle' OR backend_xmin IS NOT NULL")
            == []
        )
        assert await rows(service, f"SELECT 1 FROM ({OTHERS}) AS others WHERE state = 'idle'") != []


async def test_another_relay_takes_over_when_the_session_of_the_first_is_lost(make_toy: ToyMaker) -> None:
    one, two = await make_toy(), await make_toy()
    bus, other = Recorder(), Recorder()
    await stage(one, 1)
    async with under_way(one, bus) as relaying:
        await rows(two, f"SELECT pg_terminate_backend(pid) FROM ({OTHERS}) AS others")
        await published_by(Relay(two, other))
    with pytest.raises(Exception, match=r"closed|terminat"):
        await relaying
    assert (bus.published, other.published) == ([1], [1])
    assert await waiting(one) == 0


async def test_another_relay_takes_over_from_one_that_is_frozen(
    make_toy: ToyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 3_600)
    monkeypatch.setattr(relay, "LOCK", relay.LOCK.replace(f"{relay.SILENCE_SECONDS}s", "50ms"))
    one, two = await make_toy(), await make_toy()
    bus, other = Recorder(), Recorder()
    await stage(one, 1, 2)
    async with under_way(one, bus) as relaying:
        await published_by(Relay(two, other))
    assert other.published == [1, 2]
    with pytest.raises(Exception, match=r"closed|idle-session"):
        await relaying


@pytest.mark.alone
async def test_a_relay_that_waits_for_the_bus_for_long_keeps_its_turn(
    make_toy: ToyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(relay, "LOCK", relay.LOCK.replace(f"{relay.SILENCE_SECONDS}s", "1s"))
    one, two = await make_toy(), await make_toy()
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
