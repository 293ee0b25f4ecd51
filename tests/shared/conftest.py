"""A toy service in an empty database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.local.postgres import Postgres
from shared.local.stand_ins import create_roles
from shared.service import RunningService
from tests.shared.toy import Faults, toy_site

Toys = Callable[..., Awaitable[RunningService]]
TOYS = "toys"


@pytest.fixture
async def empty(cluster: Postgres) -> AsyncIterator[str]:
    """The name of a database in which the toy has nothing; one for all tests, since making one takes a second."""
    await create_roles(cluster.url(), TOYS, [])
    yield TOYS
    engine = create_async_engine(cluster.url(TOYS), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("DROP SCHEMA IF EXISTS toy CASCADE"))
    await engine.dispose()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def toys(cluster: Postgres, empty: str, faults: Faults) -> AsyncIterator[Toys]:
    """Makes replicas of the toy on one database, with other settings if need be."""
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> RunningService:
            return await stack.enter_async_context(toy_site(cluster.url(), empty, faults, **changes))

        yield make


@pytest.fixture
async def service(toys: Toys) -> RunningService:
    return await toys()
