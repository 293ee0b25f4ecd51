"""The topics of the contract on Kafka: made where they are missing."""

import asyncio
from collections.abc import Iterable, Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from shared.bus import BusDown
from shared.errors import BadSettings
from shared.events import COMPACTED, TOPICS
from shared.settings.process import Settings
from shared.telemetry import log


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
