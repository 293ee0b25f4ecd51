"""A bus that keeps order per partition, like Kafka, and promises nothing else; it remembers all that was published."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zlib import crc32

from shared.bus import BusDown, Message, Receive
from shared.events import Event, decode
from tests.silence.faults import HOUR, Faults

PARTITIONS = 6
BATCHES = (7, 200, 1_000)
Place = tuple[str, str, int]  # group, topic, partition


class PartitionedBus:
    """Each group reads every partition at its own pace, and sometimes the same messages again.

    `events` are the events published, each once, in the order of their publication.
    """

    def __init__(self, faults: Faults) -> None:
        self.events: dict[UUID, Event[Any]] = {}
        self._faults = faults
        self._groups: dict[str, tuple[Sequence[str], Receive]] = {}
        self._log: dict[tuple[str, int], list[Message]] = defaultdict(list)
        self._offsets: Counter[Place] = Counter()
        self._stalled_until: dict[Place, datetime] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._groups[group] = topics, receive

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to leave."""

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._faults.hits(0.003, "publication refused"):
            raise BusDown
        for message in messages:
            self._log[message.topic, _partition_of(message)].append(message)
            self._remember(message)
        if self._faults.hits(0.003, "published, but its publisher was told otherwise"):
            raise BusDown

    def _remember(self, message: Message) -> None:
        event = decode(message.value) if message.value is not None else None
        if event is not None:
            self.events.setdefault(event.id, event)

    async def partitions(self, topic: str) -> int:
        return PARTITIONS

    async def poll_once(self, group: str) -> int:
        topics, receive = self._groups[group]
        taken = 0
        for topic in topics:
            for partition in range(PARTITIONS):
                taken += await self._poll((group, topic, partition), receive)
        return taken

    async def _poll(self, place: Place, receive: Receive) -> int:
        if not self._waiting(place) or self._is_stalled(place):
            return 0
        faults, first = self._faults, self._offsets[place]
        batch = self._log[place[1:]][first : first + faults.chance.choice(BATCHES)]
        await receive([_from_partition(message, place[2]) for message in batch])
        if faults.hits(0.02, "batch delivered again"):
            self._offsets[place] = first + faults.chance.randrange(len(batch))
        else:
            self._offsets[place] = first + len(batch)
        return len(batch)

    def _is_stalled(self, place: Place) -> bool:
        faults = self._faults
        if faults.on and self._stalled_until.get(place, faults.now) > faults.now:
            return True
        if not faults.hits(0.01, "partition stalls"):
            return False
        self._stalled_until[place] = faults.now + HOUR * faults.chance.uniform(1, 36)
        return True

    def _waiting(self, place: Place) -> int:
        return len(self._log[place[1:]]) - self._offsets[place]

    async def lag(self, group: str) -> int:
        places = [(group, topic, number) for topic in self._groups[group][0] for number in range(PARTITIONS)]
        return sum(map(self._waiting, places))


def _partition_of(message: Message) -> int:
    """The partition that the message names, or the one of its key."""
    named: int | None = getattr(message, "partition", None)
    return crc32(message.key.encode()) % PARTITIONS if named is None else named


def _from_partition(message: Message, number: int) -> Message:
    """The message as it is received: it names the partition it came from, where messages can."""
    return replace(message, partition=number) if hasattr(message, "partition") else message
