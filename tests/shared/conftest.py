"""Toy services in an empty database, and a client of one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db.transaction import Tx
from shared.identity.callers import public
from shared.local.postgres import Postgres
from shared.local.stand_ins import create_roles
from shared.service import RunningService
from tests.services import client_of
from tests.shared.toy import Faults, note, toy_service
from tests.shared.toy_api import router

ToyMaker = Callable[..., Awaitable[RunningService]]
TOY_DATABASE = "toys"


@pytest.fixture
async def empty(cluster: Postgres) -> AsyncIterator[str]:
    """The name of a database without a toy; all tests share it because creating one takes a second."""
    await create_roles(cluster.url(), TOY_DATABASE, [])
    yield TOY_DATABASE
    engine = create_async_engine(cluster.url(TOY_DATABASE), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("DROP SCHEMA IF EXISTS toy CASCADE"))
    await engine.dispose()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def make_toy(cluster: Postgres, empty: str, faults: Faults) -> AsyncIterator[ToyMaker]:
    """Makes replicas of the toy on one database: `await make_toy(commit_batch=10)`."""
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> RunningService:
            return await stack.enter_async_context(toy_service(cluster.url(), empty, faults, **changes))

        yield make


@pytest.fixture
async def service(make_toy: ToyMaker) -> RunningService:
    return await make_toy()


@pytest.fixture
async def toy_with_api(service: RunningService) -> RunningService:
    """The toy with an HTTP side; three more routes use its database."""
    routes = APIRouter()

    @routes.post("/notes/{step}", status_code=201)
    @public
    async def notes(step: int) -> int:
        return await service.submit(note, (UUID(int=1), step))

    @routes.get("/sums")
    @public
    async def sums() -> int:
        async def one(tx: Tx) -> int:
            return int((await tx.execute("SELECT 1")).scalar_one())

        return await service.read(one)

    @routes.get("/cuts")
    @public
    async def cuts() -> None:
        async def cut(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return items

        await service.submit(cut, 1)

    service.definition = replace(service.definition, routers=(router, routes))
    service.settings = service.settings.model_copy(update={"body_limit_bytes": 2_000})
    return service


@pytest.fixture
async def client(toy_with_api: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(toy_with_api) as client:
        yield client
