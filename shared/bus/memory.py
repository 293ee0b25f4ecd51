"""The bus of a local installation: one process, and `publish` returns only after every subscriber has committed."""

import asyncio
from collections.abc import Sequence

from shared.bus import BusDown, Message, Receive


class MemoryBus:
    """Calls the subscribers in turn; if one fails, publish fails and the outbox keeps the messages."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._owed: dict[str, Message] = {}
        self._subscribers: dict[str, tuple[frozenset[str], Receive]] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._subscribers[group] = (frozenset(topics), receive)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, messages: Sequence[Message]) -> None:
        # One publish at a time, so that a reaction to an event never arrives before the event.
        async with self._turn:
            self._refuse_to_overtake(messages)
            # A message for one partition is not kept for a retry: its publisher makes a new one.
            self._owed.update({message.key: message for message in reversed(messages) if message.partition is None})
            for topics, receive in self._subscribers.values():
                wanted = [message for message in messages if message.topic in topics]
                if wanted:
                    await receive(wanted)
            for message in messages:
                self._owed.pop(message.key, None)

    def _refuse_to_overtake(self, messages: Sequence[Message]) -> None:
        """Messages that failed half-way are published again before any later message of the same key."""
        said = set(messages)
        for message in messages:
            if (owed := self._owed.get(message.key)) and owed not in said:
                raise BusDown(BusDown.__doc__)

    async def partitions(self, topic: str) -> int:
        return 1

    async def poll_once(self, group: str) -> int:
        return 0

    async def lag(self, group: str) -> int:
        return 0

    async def stop(self) -> None:
        """Nothing to leave."""
