"""Systems for the journeys, which run on both buses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from shared.bus import consumer
from shared.clock import ManualClock
from shared.local.mailbox import Mailbox
from shared.local.postgres import Postgres
from shared.runtime import ALL, running
from tests.conftest import Databases, settings_on
from tests.journey.system import System
from tests.services import MONDAY, definition

SystemMaker = Callable[..., Awaitable[System]]
_numbers = count(1)


@pytest.fixture
async def make_system(
    databases: Databases, cluster: Postgres, data_dir: Path, tmp_path: Path, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[SystemMaker]:  # fmt: skip
    """Makes systems, each on a database of its own: `await make_system("kafka", replicas=2)`."""
    # Nothing is published during a poll here, so empty polls and fetches need not wait.
    monkeypatch.setattr(consumer, "POLL_MS", 10)
    monkeypatch.setattr(consumer, "AIOKafkaConsumer", partial(AIOKafkaConsumer, fetch_max_wait_ms=10))
    async with AsyncExitStack() as stack:

        async def make(bus: str, replicas: int = 1, **changes: Any) -> System:
            mailbox = Mailbox(tmp_path / f"mail{next(_numbers)}")
            mailbox.start()
            stack.callback(mailbox.stop)
            settings = settings_on(cluster, await databases(), data_dir)
            changes |= {"smtp_port": mailbox.port, "bus": bus}
            if bus == "kafka":
                bootstrap = request.getfixturevalue("kafka").bootstrap
                changes |= {"kafka_bootstrap": bootstrap, "kafka_partitions": 2, "kafka_prefix": f"j{next(_numbers)}."}
            changed_settings, clock = settings.model_copy(update=changes), ManualClock(MONDAY)
            four = [definition(name) for name in ALL]
            runtimes = [
                await stack.enter_async_context(running(four, changed_settings, clock, loops=False))
                for _ in range(replicas)
            ]
            system = System(runtimes, clock, mailbox)
            stack.push_async_callback(system.close)
            await system.settle()
            return system

        yield make


@pytest.fixture(params=["memory", "kafka"])
def bus(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def system(make_system: SystemMaker, bus: str) -> System:
    return await make_system(bus)
