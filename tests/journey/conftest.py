"""Worlds for the journeys: the same journeys on both buses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from services.settings import Settings
from shared.bus import kafka as kafka_bus
from shared.clock import ManualClock
from shared.local.mailbox import Mailbox
from shared.runtime import ALL, running
from tests.journey.world import World
from tests.services import MONDAY, definition

Worlds = Callable[..., Awaitable[World]]
_numbers = count(1)


@pytest.fixture
async def worlds(
    settings: Settings, databases: Any, cluster: Any, tmp_path: Path, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Worlds]:  # fmt: skip
    """Makes worlds, each on a database of its own: `await worlds("kafka", replicas=2, directory_overlay=…)`."""
    # Nothing comes by itself here, so neither an empty poll nor an empty fetch need wait for it.
    monkeypatch.setattr(kafka_bus, "POLL_MS", 10)
    monkeypatch.setattr(kafka_bus, "AIOKafkaConsumer", partial(AIOKafkaConsumer, fetch_max_wait_ms=10))
    async with AsyncExitStack() as stack:

        async def make(bus: str, replicas: int = 1, **changes: Any) -> World:
            box = Mailbox(tmp_path / f"mail{next(_numbers)}")
            box.start()
            stack.callback(box.stop)
            database = await databases()
            urls = {f"{name}_database_url": cluster.url(database, name) for name in ALL}
            changes |= {**urls, "smtp_port": box.port, "bus": bus}
            if bus == "kafka":
                bootstrap = request.getfixturevalue("kafka").bootstrap
                changes |= {"kafka_bootstrap": bootstrap, "kafka_partitions": 2, "kafka_prefix": f"j{next(_numbers)}."}
            ours, clock = settings.model_copy(update=changes), ManualClock(MONDAY)
            four = [definition(name) for name in ALL]
            houses = [await stack.enter_async_context(running(four, ours, clock, loops=False)) for _ in range(replicas)]
            world = World(houses, clock, box)
            stack.push_async_callback(world.close)
            await world.settle()
            return world

        yield make


@pytest.fixture(params=["memory", "kafka"])
def bus(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def world(worlds: Worlds, bus: str) -> World:
    return await worlds(bus)
