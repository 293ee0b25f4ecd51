"""What goes wrong in a simulation, drawn at random: lost commits, handlers that fail, and what bus and post ask for."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.db.transaction import Tx
from shared.events import Event
from shared.runtime import ALL
from shared.service import Handler
from tests.services import definition

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Until when a handler fails for an event; one that stays ends only with `Faults.remove_obstacles`."""

    until: datetime
    stays: bool


class Faults:
    """Draws what goes wrong and counts it; nothing goes wrong while `on` is false, but for obstacles that are there."""

    def __init__(self, on: bool, chance: random.Random, now: datetime) -> None:
        self.on, self.chance, self.now = on, chance, now
        self.count: Counter[str] = Counter()
        self._obstacles: dict[tuple[str, UUID], Obstacle | None] = {}

    def hits(self, share: float, what: str) -> bool:
        """Whether this goes wrong now, as it does in this share of all cases."""
        hit = self.on and self.chance.random() < share
        self.count[what] += hit
        return hit

    def obstructs(self, service: str, event_id: UUID) -> bool:
        """Whether the handler of this service fails for this event at present."""
        key = service, event_id
        if key not in self._obstacles:
            self._obstacles[key] = self._obstacle(service)
        obstacle = self._obstacles[key]
        return obstacle is not None and (obstacle.stays or self.now < obstacle.until)

    def _obstacle(self, service: str) -> Obstacle | None:
        if not self.hits(0.004, f"handler of {service} fails"):
            return None
        stays = self.chance.random() < 0.05
        return Obstacle(self.now + HOUR * self.chance.expovariate(1 / 40), stays)

    def remove_obstacles(self) -> None:
        """From now on every event can be handled."""
        self._obstacles.clear()


@contextmanager
def broken_handlers(faults: Faults) -> Iterator[None]:
    """Every handler of every service may fail for an event."""
    handlers = {name: _handlers(name) for name in ALL}
    kept = {name: dict(table) for name, table in handlers.items()}
    for name, table in handlers.items():
        table.update({fact: _obstructed(name, handle, faults) for fact, handle in table.items()})
    try:
        yield
    finally:
        for name, table in handlers.items():
            table.update(kept[name])


@contextmanager
def failing_handler(service: str, fact: str) -> Iterator[None]:
    """One handler fails for every event of one type."""

    async def fail(tx: Tx[Any], events: Sequence[Event[Any]]) -> None:
        raise RuntimeError("the handler is broken")

    handlers = _handlers(service)
    kind = next(each for each in handlers if each.__name__ == fact)
    handle, handlers[kind] = handlers[kind], fail
    try:
        yield
    finally:
        handlers[kind] = handle


@contextmanager
def lost_commits(faults: Faults) -> Iterator[None]:
    """Now and then a process dies just before or just after its commit."""
    end = Tx.end

    async def end_or_die(self: Tx[Any]) -> None:
        if faults.hits(0.001, "died before a commit"):
            raise ConnectionResetError
        await end(self)
        if faults.hits(0.001, "died after a commit"):
            raise ConnectionResetError

    Tx.end = end_or_die  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tx.end = end  # type: ignore[method-assign]


def _handlers(service: str) -> dict[Any, Handler]:
    handlers = definition(service).handlers
    assert isinstance(handlers, dict)
    return handlers


def _obstructed(service: str, handle: Handler, faults: Faults) -> Handler:
    async def handle_unless_obstructed(tx: Tx[Any], events: Sequence[Event[Any]]) -> None:
        if any(faults.obstructs(service, event.id) for event in events):
            raise RuntimeError("an obstacle is in the way")
        await handle(tx, events)

    return handle_unless_obstructed
