"""The bus of production: Apache Kafka, an idempotent producer, and offsets committed after the database."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.bus import BusDown, Message, Receive
from shared.bus.consumer import GroupConsumer, end
from shared.bus.topics import create_topics
from shared.settings.process import Settings

PATIENCE_MS = 60_000
# A relay keeps its turn meanwhile, and a process that is told to stop waits for it.
PUBLISH_SECONDS = 15


class KafkaBus:
    """Publishes with `acks=all`; the consumer of each group hands on whole polls."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._prefix = settings, settings.kafka_prefix
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._groups: dict[str, GroupConsumer] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._groups[group] = GroupConsumer(self._settings, group, topics, receive)

    async def start(self) -> None:
        try:
            await create_topics(self._settings)
            await self._producing()
            for group in self._groups.values():
                await group.client()
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
                    await end(producer)
                    raise
                self._producer = producer
            return self._producer

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
                await end(producer)
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
            number = message.partition
            if number is None:
                # As Kafka's own clients choose it, so that all events of a key, whoever published them, stay in order.
                number = (murmur2(message.key.encode()) & 0x7FFFFFFF) % counts[message.topic]
            parts[TopicPartition(self._prefix + message.topic, number)].append(message)
        return parts

    async def partitions(self, topic: str) -> int:
        return len(await (await self._producing()).partitions_for(self._prefix + topic))

    async def poll_once(self, group: str) -> int:
        return await self._groups[group].poll_once()

    async def lag(self, group: str) -> int:
        return await self._groups[group].lag()

    async def stop(self) -> None:
        producer = [end(self._producer)] if self._producer else []
        await asyncio.gather(*(group.stop() for group in self._groups.values()), *producer)


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
