"""The bus of production: Apache Kafka, an idempotent producer, and offsets committed after the database."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    TopicAlreadyExistsError,
)
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.bus import BusDown, Message, Receive
from shared.errors import BadSettings
from shared.events import COMPACTED, TOPICS
from shared.settings.process import Settings
from shared.telemetry import log

POLL_MS = 200
PATIENCE_MS = 60_000
# A relay keeps its turn meanwhile, and a process that is told to stop waits for it.
PUBLISH_SECONDS = 15
STOP_SECONDS = 5


class KafkaBus:
    """Publishes with `acks=all`; each group's consumer hands on whole polls and commits after they are stored."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._prefix = settings, settings.kafka_prefix
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._wanted: dict[str, tuple[tuple[str, ...], Receive]] = {}
        self._consumers: dict[str, AIOKafkaConsumer] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._wanted[group] = (tuple(topics), receive)

    async def start(self) -> None:
        try:
            await create_topics(self._settings)
            await self._producing()
            for group in self._wanted:
                await self._consuming(group)
        except KafkaConnectionError as error:
            raise BusDown(f"Kafka does not answer at {self._settings.kafka_bootstrap}: {error}") from error

    async def _producing(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._settings.kafka_bootstrap,
                    enable_idempotence=True,
                    acks="all",
                    max_batch_size=131_072,
                    request_timeout_ms=PATIENCE_MS,
                )
                try:
                    await producer.start()
                except BaseException:
                    await _end(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _consuming(self, group: str) -> AIOKafkaConsumer:
        async with self._starting:
            if group not in self._consumers:
                consumer = self._consumer(group, self._wanted[group][0])
                try:
                    await consumer.start()
                except BaseException:
                    await _end(consumer)
                    raise
                self._consumers[group] = consumer
            return self._consumers[group]

    def _consumer(self, group: str, topics: Sequence[str]) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            *(self._prefix + topic for topic in topics),
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=f"{self._prefix}tanggap-{group}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=self._settings.poll_batch,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
        )

    async def publish(self, messages: Sequence[Message]) -> None:
        producer = None
        try:
            producer = await self._producing()
            async with asyncio.timeout(PUBLISH_SECONDS):
                parts = await self._by_partition(producer, messages)
                await asyncio.gather(*(_send(producer, part, batch) for part, batch in parts.items()))
        except Exception as error:
            # The producer numbers its messages, and the broker refuses any after a gap; it may also never reconnect.
            # A new producer replaces it.
            if producer is not None and producer is self._producer:
                self._producer = None
                await _end(producer)
            if isinstance(error, KafkaError | TimeoutError):
                raise BusDown(BusDown.__doc__) from error
            raise

    async def _by_partition(
        self, producer: AIOKafkaProducer, messages: Sequence[Message]
    ) -> dict[TopicPartition, list[Message]]:
        topics = {message.topic for message in messages}
        counts = {topic: len(await producer.partitions_for(self._prefix + topic)) for topic in topics}
        parts: dict[TopicPartition, list[Message]] = defaultdict(list)
        for message in messages:
            # As Kafka's own clients choose it, so that all events of a key, whoever published them, stay in order.
            number = (murmur2(message.key.encode()) & 0x7FFFFFFF) % counts[message.topic]
            parts[TopicPartition(self._prefix + message.topic, number)].append(message)
        return parts

    async def poll_once(self, group: str) -> int:
        consumer, (_, receive) = await self._consuming(group), self._wanted[group]
        try:
            records = await consumer.getmany(timeout_ms=POLL_MS)
        except Exception:
            # A broken connection may kill its tasks (uvloop raises what aiokafka does not expect): it would say so at
            # every call and never recover. A new one joins the group in its place.
            del self._consumers[group]
            await _end(consumer)
            raise
        batch = [record for part in records.values() for record in part]
        if not batch:
            return 0
        try:
            await receive([self._message(record) for record in batch])
            # Lost to a rebalance: another replica gets the same records, and its inbox knows them.
            with suppress(CommitFailedError, IllegalStateError):
                await consumer.commit({part: part_records[-1].offset + 1 for part, part_records in records.items()})
        except BaseException:
            _take_back(consumer, records)
            raise
        return len(batch)

    def _message(self, record: ConsumerRecord) -> Message:
        topic = record.topic.removeprefix(self._prefix)
        return Message(topic, (record.key or b"").decode(errors="replace"), record.value)

    async def lag(self, group: str) -> int:
        consumer, (topics, _) = await self._consuming(group), self._wanted[group]
        names = [self._prefix + topic for topic in topics]
        parts = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()]
        # Committed first: what others commit in the meantime may be counted as waiting, never the reverse.
        committed = await asyncio.gather(*(consumer.committed(part) for part in parts))
        newest, oldest = await consumer.end_offsets(parts), await consumer.beginning_offsets(parts)
        pairs = zip(parts, committed, strict=True)
        return sum(newest[part] - max(oldest[part], offset or 0) for part, offset in pairs)

    async def stop(self) -> None:
        """Leave the groups at once, so that the other replicas need not wait for our silence; then the producer."""
        started = [*self._consumers.values(), *([self._producer] if self._producer else ())]
        await asyncio.gather(*map(_end, started))


async def _send(producer: AIOKafkaProducer, part: TopicPartition, messages: Sequence[Message]) -> None:
    """Send one partition's messages in order; whole batches cost a sixth of the time of single messages."""
    sent, batch = [], producer.create_batch()
    for message in messages:
        key = message.key.encode()
        if batch.append(timestamp=None, key=key, value=message.value) is None:
            sent.append(await _sent(producer, part, batch))
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=message.value)
    sent.append(await _sent(producer, part, batch))
    await asyncio.gather(*sent)


async def _sent(producer: AIOKafkaProducer, part: TopicPartition, batch: BatchBuilder) -> "asyncio.Future[object]":
    batch.close()  # So that it goes at once, rather than wait for more.
    future: asyncio.Future[object] = await producer.send_batch(batch, part.topic, partition=part.partition)
    return future


async def _end(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    # A broker that is away would keep us waiting for ever; what has died of an error raises it again.
    with suppress(Exception):
        await asyncio.wait_for(client.stop(), STOP_SECONDS)


def _take_back(consumer: AIOKafkaConsumer, records: dict[TopicPartition, list[ConsumerRecord]]) -> None:
    for part, part_records in records.items():
        with suppress(IllegalStateError):  # No longer ours after a rebalance.
            consumer.seek(part, part_records[0].offset)


def topic_config(topic: str, replication: int) -> dict[str, str]:
    """Kept for good, or at least the last value of each key; safe with all replicas but one."""
    kept = {"cleanup.policy": "compact"} if topic in COMPACTED else {"cleanup.policy": "delete", "retention.ms": "-1"}
    return {**kept, "min.insync.replicas": str(max(1, replication - 1))}


async def create_topics(settings: Settings) -> None:
    """Make the topics of the contract that do not exist yet; return when they can be used."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        await admin.start()
        names = {settings.kafka_prefix + topic: topic for topic in TOPICS}
        missing = sorted(set(names) - set(await admin.list_topics()))
        if missing:
            await _create(admin, [_new_topic(name, names[name], settings) for name in missing])
            log.info("topics created", topics=missing)
        await _until_usable(admin, names)
    finally:
        await admin.close()


async def _until_usable(admin: AIOKafkaAdminClient, names: Iterable[str]) -> None:
    for _ in range(200):
        topics = await admin.describe_topics([*names])
        if all(topic["partitions"] and not topic["error_code"] for topic in topics):
            return
        await asyncio.sleep(0.05)
    raise BusDown("Kafka has not made the topics.")


def _new_topic(name: str, topic: str, settings: Settings) -> NewTopic:
    config = topic_config(topic, settings.kafka_replication)
    return NewTopic(name, settings.kafka_partitions, settings.kafka_replication, topic_configs=config)


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    answer = await admin.create_topics(topics)
    for name, code, reason in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):  # Another process may be quicker.
            raise BadSettings(f"Kafka refuses the topic {name} (TANGGAP_KAFKA_REPLICATION, _PARTITIONS): {reason}")
