"""The bus between services: one protocol, two implementations, one set of tests."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """An encoded event. Messages with the same key stay in order. A message without a value is a tombstone.

    The key chooses the partition, unless one is given. A message that was received names the one it came from.
    """

    topic: str
    key: str
    value: bytes | None
    partition: int | None = field(default=None, compare=False)


Receive = Callable[[Sequence[Message]], Awaitable[None]]


class BusDown(Exception):
    """The bus cannot be reached. Nothing is lost: the same messages are published again later."""


class Bus(Protocol):
    """Carries messages to every subscriber at least once, in order per key."""

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        """Have `receive` called with batches; a batch counts as delivered when it returns."""

    async def start(self) -> None:
        """Connect; create topics that are missing."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when every message is safe; raise otherwise."""

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; they are numbered from 0."""

    async def poll_once(self, group: str) -> int:
        """Deliver what waits for a group; how many messages that was."""

    async def lag(self, group: str) -> int:
        """How many messages wait for a group."""

    async def stop(self) -> None:
        """Finish, commit and leave."""
