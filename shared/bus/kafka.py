"""The bus of production: Apache Kafka, an idempotent producer, and offsets committed after the database."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, TopicAlreadyExistsError

from shared.bus import BusDown, Message, Receive
from shared.events import COMPACTED, TOPICS
from shared.settings import Settings
from shared.telemetry import log

POLL_MS = 200
PATIENCE_MS = 60_000


class KafkaBus:
    """Publishes with `acks=all`; each group's consumer hands on whole polls and commits after they are stored."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._wanted: dict[str, tuple[tuple[str, ...], Receive]] = {}
        self._consumers: dict[str, AIOKafkaConsumer] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._wanted[group] = (tuple(topics), receive)

    async def start(self) -> None:
        await create_topics(self._settings)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=2,
            max_batch_size=131_072,
            request_timeout_ms=PATIENCE_MS,
        )
        await self._producer.start()
        for group, (topics, _) in self._wanted.items():
            self._consumers[group] = await self._consumer(group, topics)

    async def _consumer(self, group: str, topics: Sequence[str]) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=f"tanggap-{group}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=self._settings.poll_batch,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
        )
        await consumer.start()
        return consumer

    async def publish(self, messages: Sequence[Message]) -> None:
        assert self._producer is not None
        try:
            sent = [await self._producer.send(m.topic, m.value, m.key.encode()) for m in messages]
            await asyncio.gather(*sent)
        except KafkaError as error:
            raise BusDown(BusDown.__doc__) from error

    async def poll_once(self, group: str) -> int:
        consumer, (_, receive) = self._consumers[group], self._wanted[group]
        records = await consumer.getmany(timeout_ms=POLL_MS)
        batch = [record for part in records.values() for record in part]
        if not batch:
            return 0
        try:
            await receive([Message(r.topic, (r.key or b"").decode(errors="replace"), r.value) for r in batch])
        except BaseException:
            _take_back(consumer, records)
            raise
        # Lost to a rebalance: another replica gets the same records, and its inbox knows them.
        with suppress(CommitFailedError, IllegalStateError):
            await consumer.commit({part: part_records[-1].offset + 1 for part, part_records in records.items()})
        return len(batch)

    async def lag(self, group: str) -> int:
        consumer, (topics, _) = self._consumers[group], self._wanted[group]
        parts = [TopicPartition(t, number) for t in topics for number in consumer.partitions_for_topic(t) or ()]
        newest, oldest = await consumer.end_offsets(parts), await consumer.beginning_offsets(parts)
        committed = await asyncio.gather(*(consumer.committed(part) for part in parts))
        pairs = zip(parts, committed, strict=True)
        return sum(newest[part] - (oldest[part] if offset is None else offset) for part, offset in pairs)

    async def stop(self) -> None:
        for consumer in self._consumers.values():
            await consumer.stop()
        if self._producer is not None:
            await self._producer.stop()


def _take_back(consumer: AIOKafkaConsumer, records: dict[TopicPartition, list[ConsumerRecord]]) -> None:
    for part, part_records in records.items():
        with suppress(IllegalStateError):  # No longer ours after a rebalance.
            consumer.seek(part, part_records[0].offset)


async def create_topics(settings: Settings) -> None:
    """Make the topics of the contract that do not exist yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        missing = sorted(set(TOPICS) - set(await admin.list_topics()))
        new = [
            NewTopic(
                name,
                settings.kafka_partitions,
                settings.kafka_replication,
                topic_configs={"cleanup.policy": "compact" if name in COMPACTED else "delete"},
            )
            for name in missing
        ]
        with suppress(TopicAlreadyExistsError):  # Another process was quicker.
            await admin.create_topics(new)
        if new:
            log.info("topics created", topics=missing)
    finally:
        await admin.close()
