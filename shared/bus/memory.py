"""The bus of a desk: one process, and `publish` returns only after every subscriber has committed."""

from collections.abc import Sequence

from shared.bus import Message, Receive


class MemoryBus:
    """Calls the subscribers in turn; if one fails, publish fails and the outbox keeps the messages."""

    def __init__(self) -> None:
        self._subscribers: dict[str, tuple[frozenset[str], Receive]] = {}

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._subscribers[group] = (frozenset(topics), receive)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, messages: Sequence[Message]) -> None:
        for topics, receive in self._subscribers.values():
            wanted = [message for message in messages if message.topic in topics]
            if wanted:
                await receive(wanted)

    async def poll_once(self, group: str) -> int:
        return 0

    async def lag(self, group: str) -> int:
        return 0

    async def stop(self) -> None:
        """Nothing to leave."""
