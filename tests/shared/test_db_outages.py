"""Outages: errors that pass, such as a lost connection, are distinguished from mistakes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psutil
import pytest
from sqlalchemy.exc import DBAPIError

from shared.db.database import Database
from shared.db.outages import is_outage
from shared.local.postgres import Postgres
from shared.service import RunningService
from tests.shared.toy import failure, rows, toy_service


async def test_a_table_altered_by_a_newer_release_works_at_the_second_try(service: RunningService) -> None:
    async with service.begin() as tx:
        await tx.execute("SELECT * FROM kept")
    async with service.begin() as tx:
        await tx.execute("ALTER TABLE kept ADD COLUMN more text")
    stale = await failure(service, "SELECT * FROM kept")
    assert stale is not None
    assert is_outage(stale)
    assert await failure(service, "SELECT * FROM kept") is None


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELEC", {}),
        ("SELECT 1/0", {}),
        ("SELECT CAST(:x AS int)", {"x": "a"}),
        ("SELECT CAST(:x AS bigint)", {"x": 2**70}),
        ("SELECT CAST(:x AS text)", {"x": "a\x00"}),
        ("SELECT CAST(:x AS text)", {"x": "\ud800"}),
        ("SELECT * FROM nothing", {}),
        ("INSERT INTO inbox VALUES (NULL)", {}),
    ],
)
async def test_a_mistake_is_not_an_outage(service: RunningService, sql: str, values: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with service.begin() as tx:
            await tx.execute(sql, values)
    assert not is_outage(caught.value)


@pytest.mark.parametrize("state", ["57P03", "53300", "40001", "40P01", "25006", "58030"])
async def test_a_passing_database_error_is_an_outage(service: RunningService, state: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with service.begin() as tx:
            await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
    assert is_outage(caught.value)


async def test_a_killed_connection_is_an_outage_and_the_next_transaction_works(service: RunningService) -> None:
    with pytest.raises(Exception) as caught:
        async with service.begin() as tx:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_outage(caught.value)
    assert await rows(service, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("url", ["postgresql+asyncpg://a@127.0.0.1:1/x", "postgresql+asyncpg://a@nosuch.invalid/x"])
async def test_an_unreachable_server_is_an_outage(service: RunningService, url: str) -> None:
    unreachable = replace(service, db=Database(url))
    with pytest.raises(OSError) as caught:
        async with unreachable.begin():
            pass
    assert is_outage(caught.value)


ServerAndToy = tuple[Postgres, RunningService]


@pytest.fixture
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerAndToy]:
    """A server of its own, which the test may kill or freeze, and a toy on it."""
    with Postgres(tmp_path_factory.mktemp("own"), {"listen_addresses": ""}) as server:
        server.start()
        async with toy_service(server.url(), "toy") as service:
            yield server, service


async def test_a_restarted_server_is_used_again_after_at_most_one_failure_per_connection(
    own_server: ServerAndToy,
) -> None:
    server, service = own_server
    async with service.begin() as one, service.begin() as two:
        await one.execute("SELECT 1")
        await two.execute("SELECT 1")
    server.kill()
    failures = [await failure(service) for _ in range(3)]
    assert all(error is not None and is_outage(error) for error in failures)
    server.restart()
    assert await failure(service) is None


async def test_a_caller_can_stop_waiting_for_a_frozen_server(own_server: ServerAndToy) -> None:
    server, service = own_server
    assert await failure(service) is None
    with frozen(server):
        for _ in range(2):  # First on the pooled connection, then on a new one.
            waiting = asyncio.create_task(failure(service))
            await asyncio.wait([waiting], timeout=0.5)
            waiting.cancel()
            await asyncio.wait_for(asyncio.wait([waiting]), 30)
    assert await failure(service) is None


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """Suspend the server and all its backends, as if the network had failed."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()
