"""The Kafka broker of tests and local installations: acknowledged messages survive kill -9."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.kafka import broker as module
from deploy.kafka.broker import Broker, BrokerError, JarsMissing, MockBroker, start_broker

TOPIC = "complaints"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker | MockBroker]:
    with start_broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


async def test_a_message_is_still_there_after_kill_and_restart(broker: Broker | MockBroker) -> None:
    if not broker.real:
        pytest.skip("the mock broker keeps no data")
    await create(broker, TOPIC)
    await publish(broker, TOPIC, b"streetlight out")
    address = broker.bootstrap
    broker.kill()
    await asyncio.to_thread(broker.restart)
    assert broker.bootstrap == address
    await publish(broker, TOPIC, b"road broken")
    assert await consume(broker, TOPIC, 2) == [b"streetlight out", b"road broken"]


async def test_the_mock_serves_the_same_clients() -> None:
    pytest.importorskip("confluent_kafka")
    mock = MockBroker()
    mock.start()
    await publish(mock, TOPIC, b"hello")
    assert await consume(mock, TOPIC, 1) == [b"hello"]
    with pytest.raises(BrokerError):
        mock.kill()
    mock.stop()


def test_the_mock_is_used_without_jars_unless_kafka_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_jars() -> list[Path]:
        raise JarsMissing("no network")

    monkeypatch.setattr(module, "jars", no_jars)
    monkeypatch.setenv("KAFKA", "required")
    with pytest.raises(JarsMissing, match="no network"):
        start_broker(tmp_path)
    pytest.importorskip("confluent_kafka")
    monkeypatch.delenv("KAFKA")
    with start_broker(tmp_path) as mock:
        assert not mock.real
        assert "not Apache Kafka" in mock.name


def test_a_jar_with_another_checksum_is_refused(
    broker: Broker | MockBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not broker.real:
        pytest.skip("the mock broker has no jars")
    other = tmp_path / "jars.lock"
    other.write_text(module.JARS_LOCK.read_text().replace("a", "b"))
    monkeypatch.setattr(module, "JARS_LOCK", other)
    with pytest.raises(BrokerError, match="is not the file"):
        module.jars()


async def create(broker: Broker | MockBroker, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()


async def publish(broker: Broker | MockBroker, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value)


async def consume(broker: Broker | MockBroker, topic: str, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest") as consumer:
        return [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in range(count)]
