"""A toy service in an empty database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.embedded import Postgres
from shared.service import Site
from tests.shared.toy import Faults, toy_site

Toys = Callable[..., Awaitable[Site]]
_numbers = count(1)


@pytest.fixture
async def empty(cluster: Postgres) -> AsyncIterator[str]:
    """The name of a database that does not exist yet; whatever is made under it is dropped."""
    name = f"toy_{next(_numbers)}"
    yield name
    engine = create_async_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    await engine.dispose()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def toys(cluster: Postgres, empty: str, faults: Faults) -> AsyncIterator[Toys]:
    """Makes replicas of the toy on one database, with other settings if need be."""
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> Site:
            return await stack.enter_async_context(toy_site(cluster.url(), empty, faults, **changes))

        yield make


@pytest.fixture
async def site(toys: Toys) -> Site:
    return await toys()
