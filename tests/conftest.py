"""One PostgreSQL for all tests, and for each test a fresh copy of a database that was migrated once."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.kafka.broker import Broker, start_broker
from services.routing import state
from services.routing.domain.substance import read_gate
from services.settings import Settings
from shared import migrate
from shared.clock import ManualClock
from shared.db.database import Database
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL, connect
from shared.service import RunningService
from shared.telemetry import configure_logs
from tests.services import MONDAY, definition

TEMPLATE = "template_tanggap"
MEMORY_NEEDED_BYTES = 4_000_000_000
# An example may be slow because the machine is busy.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")
_numbers = count(1)

ServiceMaker = Callable[..., Awaitable[RunningService]]
Databases = Callable[[], Awaitable[str]]


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as in production: structlog's default traceback printer can take half a minute."""
    configure_logs("ERROR")


@pytest.fixture(scope="session", autouse=True)
def _no_second_look() -> Iterator[None]:
    """Which answers get a second look depends on ids, which no two runs share; tests that want one say so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "read_gate", lambda: replace(read_gate(), sample=0))
        yield


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a local installation."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL server with temporary data, kept in memory if possible: each database has three hundred files."""
    memory = Path("/dev/shm")
    fits = memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_NEEDED_BYTES
    with (
        tempfile.TemporaryDirectory(dir=memory if fits else None, ignore_cleanup_errors=True) as folder,
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
    """Makes empty databases with all tables, and drops them after the test."""
    made: list[str] = []

    async def make() -> str:
        made.append(f"test_{os.getpid()}_{next(_numbers)}")
        await _run_as_admin(cluster, f'CREATE DATABASE "{made[-1]}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return made[-1]

    yield make
    for name in made:
        await _run_as_admin(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One real Apache Kafka for all tests; each test uses its own `kafka_prefix` for its topics."""
    broker = start_broker(tmp_path_factory.mktemp("kafka"))
    if not isinstance(broker, Broker):
        broker.stop()
        pytest.skip("NOT TESTED on Apache Kafka: its jars are not available here; KAFKA=required makes this an error")
    with broker:
        yield broker


@pytest.fixture
async def database(databases: Databases) -> str:
    return await databases()


async def _run_as_admin(cluster: Postgres, statement: str) -> None:
    engine = create_async_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def settings(cluster: Postgres, database: str, data_dir: Path) -> Settings:
    return settings_on(cluster, database, data_dir)


def settings_on(cluster: Postgres, database: str, data_dir: Path) -> Settings:
    """A local installation with two regions of the directory: Surabaya, and Jayapura for another time zone."""
    urls: dict[str, Any] = {f"{name}_database_url": cluster.url(database, name) for name in ALL}
    return Settings(
        data_dir=data_dir, directory_regions="35.78,91.71", smtp_host="127.0.0.1", smtp_port=9, database_pool=3, **urls
    )


@pytest.fixture
async def make_service(settings: Settings, clock: ManualClock) -> AsyncIterator[ServiceMaker]:
    """Prepares one service, without a bus: `service = await make_service("sla")`."""
    async with AsyncExitStack() as stack:

        async def make(name: str, **changes: Any) -> RunningService:
            service = connect(definition(name), settings.model_copy(update=changes), clock)
            stack.push_async_callback(service.db.close)
            stack.push_async_callback(service.close)
            await service.prepare()
            return service

        yield make
