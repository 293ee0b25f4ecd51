"""Real processes under load, a real broker, a real database, each taken away: nothing is lost, nothing done twice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.runtime import ALL
from tests.chaos.ledger import reckon, settled
from tests.chaos.load import Load
from tests.chaos.stage import Stage

# As if the leases of a process that was killed had ended; nobody else holds these.
END_LEASES = "UPDATE messages SET next_try_at = now() WHERE state = 'sending'"
# What was handed over while the database was away could not be recorded.
END_LEASES_OF_THE_OUTAGE = f"{END_LEASES} AND claimed_until < pg_postmaster_start_time() + interval '90 seconds'"


@pytest.fixture(scope="session")
def load(stage: Stage) -> Load:
    return Load(stage)


@asynccontextmanager
async def loaded(load: Load) -> AsyncIterator[None]:
    """People file all through the block; after it everything settles."""
    filing = asyncio.create_task(load.run())
    try:
        yield
        await load.enough(20)
        load.end()
        await filing
    finally:
        filing.cancel()
    await settled(load.stage)


async def reckoned(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    assert all(len(ids) == 1 for ids in load.keyed.values()), "one complaint for one key"
    filed = {str(row["id"]) for row in await load.stage.rows("intake", "SELECT id FROM complaints")}
    assert len(filed - load.acknowledged) <= load.unanswered
    figures = await reckon(load.stage, load.acknowledged)
    with capsys.disabled():
        print(f"\n  {figures}; answers {dict(load.answers)}")  # noqa: T201


async def test_kill_9_of_each_service_under_load_loses_nothing(
    stage: Stage, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with loaded(load):
        for name in reversed(ALL):
            await load.enough(60)
            stage.kill(name)
            if name == "notify":
                await stage.rows("notify", END_LEASES)
            stage.start(name)
        await stage.until(200)
    await reckoned(load, capsys)


async def test_kill_9_of_the_broker_under_load_loses_nothing(
    stage: Stage, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with loaded(load):
        await load.enough(20)
        await asyncio.to_thread(stage.broker.kill)
        await load.enough(20)
        await stage.until(503, "intake")
        await asyncio.to_thread(stage.broker.restart)
        await stage.until(200)
    await reckoned(load, capsys)


async def test_an_immediate_end_of_the_database_under_load_loses_nothing(
    stage: Stage, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with loaded(load):
        await load.enough(20)
        await asyncio.to_thread(stage.cluster.restart, "immediate")
        await stage.rows("notify", END_LEASES_OF_THE_OUTAGE)
        await load.enough(20)
        await asyncio.to_thread(stage.cluster.kill)
        await stage.until(503)
        await asyncio.to_thread(stage.cluster.restart)
        await stage.until(200)
        await stage.rows("notify", END_LEASES_OF_THE_OUTAGE)
    await reckoned(load, capsys)


async def test_sigterm_under_load_ends_with_status_0_and_loses_nothing(
    stage: Stage, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with loaded(load):
        for name in reversed(ALL):
            await load.enough(20)
            assert await asyncio.to_thread(stage.terminate, name) == 0, stage.tails()
            stage.start(name)
        await stage.until(200)
    await reckoned(load, capsys)


POINTS = {
    "intake": ("handled", "received", "published"),
    "routing": ("handled", "received", "published"),
    "sla": ("handled", "received", "published"),
    "notify": ("handled", "received", "sent"),
}


async def test_death_between_a_work_and_its_record_repeats_no_effect(
    stage: Stage, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with loaded(load):
        await asyncio.gather(*(die_and_die_again(stage, name) for name in ALL))
        await stage.until(200)
    await reckoned(load, capsys)


async def die_and_die_again(stage: Stage, name: str) -> None:
    """The service in processes that kill themselves at each of its points, then in one that lives."""
    assert await asyncio.to_thread(stage.terminate, name) == 0, stage.tails()
    for point in POINTS[name]:
        stage.start(name, point)
        assert await asyncio.to_thread(stage.ended, name, 60) == -signal.SIGKILL, f"{point}: {stage.tails()}"
        if name == "notify":
            await stage.rows("notify", END_LEASES)
    stage.start(name)
