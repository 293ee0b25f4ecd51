"""One group's consumer on Kafka: hands on whole polls, and commits about once a second what is stored.

A commit for each batch costs the broker as much as the batch itself. After a crash or a rebalance the events of that
second come again, and the inbox drops them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from shared.bus import Message, Receive
from shared.settings.process import Settings

POLL_MS = 200
COMMIT_SECONDS = 1.0
STOP_SECONDS = 5


class GroupConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of one group. Offsets are stored once `receive` returns; if it raises, messages come again."""

    def __init__(self, settings: Settings, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._settings, self._prefix, self._receive = settings, settings.kafka_prefix, receive
        self._group, self._topics = f"{self._prefix}tanggap-{group}", [self._prefix + topic for topic in topics]
        self._starting, self._committing = asyncio.Lock(), asyncio.Lock()
        self._client: AIOKafkaConsumer | None = None
        # The offsets that are stored and not committed, of this membership, and the time of the next commit.
        self._stored: dict[TopicPartition, int] = {}
        self._commit_at = 0.0

    async def client(self) -> AIOKafkaConsumer:
        """The client of aiokafka, started; a new one where the last broke."""
        async with self._starting:
            if self._client is None:
                client = self._new_client()
                try:
                    await client.start()
                except BaseException:
                    await end(client)
                    raise
                self._client = client
            return self._client

    def _new_client(self) -> AIOKafkaConsumer:
        client = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=self._settings.poll_batch,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
        )
        client.subscribe(self._topics, listener=self)
        return client

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[AIOKafkaConsumer]:
        """The client; it is given up after an error, and the next turn joins the group with a new one.

        A broken connection may kill its tasks (uvloop raises what aiokafka does not expect), and a request to a killed
        broker may stay without an answer: the client would never recover.
        """
        client = await self.client()
        try:
            yield client
        except Exception:
            self._client, self._stored = None, {}
            await end(client)
            raise

    async def poll_once(self) -> int:
        """Hand on what has come, or wait for a moment; how many messages."""
        async with self._at_work() as client:
            records = await client.getmany(timeout_ms=POLL_MS)
        stored = self._stored  # A rebalance meanwhile puts another in its place.
        if batch := [record for part in records.values() for record in part]:
            try:
                await self._receive([self._message(record) for record in batch])
            except BaseException:
                _take_back(client, records)
                raise
            stored |= {part: part_records[-1].offset + 1 for part, part_records in records.items()}
        if not batch or monotonic() >= self._commit_at:
            async with self._at_work():
                await self._commit()
        return len(batch)

    async def _commit(self) -> None:
        async with self._committing, asyncio.timeout(STOP_SECONDS):
            self._commit_at, stored = monotonic() + COMMIT_SECONDS, self._stored
            if (taken := dict(stored)) and self._client is not None:
                # Lost to a rebalance: another replica gets the same records, and its inbox knows them.
                with suppress(CommitFailedError, IllegalStateError):
                    await self._client.commit(taken)
            for part in [part for part, offset in taken.items() if stored[part] == offset]:
                del stored[part]

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Commit as far as that is possible, and forget: others may soon commit more of these partitions."""
        with suppress(Exception):
            await self._commit()
        self._stored = {}

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Nothing: the positions are the committed ones."""

    def _message(self, record: ConsumerRecord) -> Message:
        topic = record.topic.removeprefix(self._prefix)
        return Message(topic, (record.key or b"").decode(errors="replace"), record.value, record.partition)

    async def lag(self) -> int:
        """How many messages the group has not stored; what another replica stored in the last second counts as well."""
        client = await self.client()
        parts = [TopicPartition(name, n) for name in self._topics for n in client.partitions_for_topic(name) or ()]
        # On the group's own connection the question for the ends would wait until the next messages have come.
        async with AIOKafkaConsumer(bootstrap_servers=self._settings.kafka_bootstrap) as other:
            # Committed first: what is committed in the meantime may be counted as waiting, never the reverse.
            stored, committed = dict(self._stored), await asyncio.gather(*map(client.committed, parts))
            newest, oldest = await asyncio.gather(other.end_offsets(parts), other.beginning_offsets(parts))
        done = {part: max(stored.get(part, 0), offset or 0) for part, offset in zip(parts, committed, strict=True)}
        return sum(newest[part] - max(oldest[part], done[part]) for part in parts)

    async def stop(self) -> None:
        """Commit, and leave the group at once, so that the other replicas need not wait for our silence."""
        if self._client is not None:
            await self.on_partitions_revoked(())
            await end(self._client)


async def end(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop a client within STOP_SECONDS, whatever state it is in."""
    # A broker that is away would keep us waiting for ever; what has died raises its error, or even its cancellation.
    stopping = asyncio.ensure_future(client.stop())
    await asyncio.wait([stopping], timeout=STOP_SECONDS)
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)


def _take_back(client: AIOKafkaConsumer, records: dict[TopicPartition, list[ConsumerRecord]]) -> None:
    for part, part_records in records.items():
        with suppress(IllegalStateError):  # No longer ours after a rebalance.
            client.seek(part, part_records[0].offset)
