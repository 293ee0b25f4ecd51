"""One PostgreSQL for all tests, and for each test a fresh copy of a database that was migrated once."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.kafka.broker import Broker, start_broker
from services.settings import Settings
from shared import migrate
from shared.clock import ManualClock
from shared.db.database import Database
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL, connect
from shared.service import RunningService
from shared.telemetry import configure_logs
from tests.house import MONDAY, definition

TEMPLATE = "template_tanggap"
ROOM_BYTES = 4_000_000_000
_numbers = count(1)

Sites = Callable[..., Awaitable[RunningService]]
Databases = Callable[[], Awaitable[str]]


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As in production: structlog's own way of printing a traceback takes half a minute."""
    configure_logs("ERROR")


@pytest.fixture(scope="session")
def desk_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    """A server whose data are thrown away: in memory where there is room, for a database is three hundred files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    with (
        tempfile.TemporaryDirectory(dir=memory if roomy else None, ignore_cleanup_errors=True) as folder,
        postgres(Path(folder) / "pg", settings={"fsync": "off"}) as server,
    ):
        yield server


@pytest.fixture(scope="session")
async def template(cluster: Postgres) -> str:
    """A database in which every service's migrations have run."""
    await create_roles(cluster.url(), TEMPLATE, ALL)
    for name in ALL:
        if (migrate.SERVICES / name / "migrations").is_dir():
            db = Database(cluster.url(TEMPLATE, name))
            await migrate.upgrade(db.engine, name)
            await db.close()
    return TEMPLATE


@pytest.fixture
async def databases(cluster: Postgres, template: str) -> AsyncIterator[Databases]:
    """Makes empty databases, as many as a test asks for, and drops them after it."""
    made: list[str] = []

    async def fresh() -> str:
        made.append(f"test_{os.getpid()}_{next(_numbers)}")
        await _admin(cluster, f'CREATE DATABASE "{made[-1]}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return made[-1]

    yield fresh
    for name in made:
        await _admin(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One real Apache Kafka for all tests; each keeps its topics apart with a `kafka_prefix` of its own."""
    broker = start_broker(tmp_path_factory.mktemp("kafka"))
    if not isinstance(broker, Broker):
        broker.stop()
        pytest.skip("NOT TESTED on Apache Kafka: its jars cannot be had here; KAFKA=required makes this an error")
    with broker:
        yield broker


@pytest.fixture
async def database(databases: Databases) -> str:
    return await databases()


async def _admin(cluster: Postgres, statement: str) -> None:
    engine = create_async_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def settings(cluster: Postgres, database: str, desk_dir: Path) -> Settings:
    """Of a desk with the East Java and Surabaya part of the directory, Jayapura for another zone."""
    urls: dict[str, Any] = {f"{name}_database_url": cluster.url(database, name) for name in ALL}
    return Settings(
        data_dir=desk_dir, directory_regions="35.78,91.71", smtp_host="127.0.0.1", smtp_port=9, database_pool=3, **urls
    )


@pytest.fixture
async def site_of(settings: Settings, clock: ManualClock) -> AsyncIterator[Sites]:
    """Makes one service ready, without a bus: `service = await site_of("sla")`."""
    async with AsyncExitStack() as stack:

        async def make(name: str, **changes: Any) -> RunningService:
            service = connect(definition(name), settings.model_copy(update=changes), clock)
            stack.push_async_callback(service.db.close)
            stack.push_async_callback(service.close)
            await service.prepare()
            return service

        yield make
