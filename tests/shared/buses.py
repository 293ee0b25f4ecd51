"""Makers of buses, and a receiver that records its messages."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Any

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared.bus import Bus, BusDown, Message
from shared.bus.kafka import KafkaBus
from shared.events import COMPLAINTS

_numbers = count(1)
BusMaker = Callable[..., Bus]


class Listener:
    """A receiver that records its batches; its first `failures` calls raise."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.batches: list[list[Message]] = []
        self.calls: list[list[Message]] = []

    async def __call__(self, messages: Sequence[Message]) -> None:
        self.calls.append([*messages])
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the receiver fails")
        self.batches.append([*messages])

    @property
    def values(self) -> list[bytes | None]:
        return [message.value for batch in self.batches for message in batch]


def numbered(number: int, key: str = "k", topic: str = COMPLAINTS) -> Message:
    return Message(topic, key, str(number).encode())


async def publish_until_accepted(bus: Bus, messages: Sequence[Message]) -> None:
    """Publish as the relay does: repeat the whole batch until the bus accepts it."""
    while True:
        with suppress(BusDown):
            return await bus.publish(messages)


async def drain(bus: Bus, *groups: str) -> int:
    """Poll until no message waits for these groups; gives how many were received."""
    total = 0
    async with asyncio.timeout(60):
        while sum([await bus.lag(group) for group in groups]):
            for group in groups:
                total += await bus.poll_once(group)
    return total


def kafka_buses(stack: AsyncExitStack, broker: Broker) -> BusMaker:
    prefix = f"t{next(_numbers)}."

    def make(**changes: Any) -> Bus:
        bus = KafkaBus(settings_of(broker, kafka_prefix=prefix, **changes))
        stack.push_async_callback(bus.stop)
        return bus

    return make


def settings_of(broker: Broker, **changes: Any) -> Settings:
    return Settings(**{"bus": "kafka", "kafka_bootstrap": broker.bootstrap, "kafka_partitions": 4, **changes})
