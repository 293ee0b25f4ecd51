"""Services, broker and database are killed under load: nothing is lost, nothing is done twice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.runtime import ALL
from tests.chaos.crashing import POINTS
from tests.chaos.load import Load
from tests.chaos.processes import SPEED, Processes
from tests.chaos.reconciliation import climbed, reconcile, settled

pytestmark = pytest.mark.alone

# Ends the leases of a killed process; no other process holds one.
END_LEASES = "UPDATE messages SET next_try_at = now() WHERE state = 'sending'"
# Mails sent during the outage of the database could not be recorded.
END_LEASES_OF_THE_OUTAGE = f"{END_LEASES} AND claimed_until < pg_postmaster_start_time() + interval '90 seconds'"


@pytest.fixture(scope="session")
def load(processes: Processes) -> Load:
    return Load(processes)


@asynccontextmanager
async def under_load(load: Load) -> AsyncIterator[None]:
    """Reporters file during the block; after it everything settles, with clocks that have all but stopped."""
    await asyncio.to_thread(load.processes.run_at, SPEED)
    await load.processes.wait_for_status(200)
    filing = asyncio.create_task(load.run())
    try:
        yield
        await load.wait_for_more(20)
        load.end()
        await filing
    finally:
        filing.cancel()
    await climbed(load.processes)
    await asyncio.to_thread(load.processes.run_at, 1)
    await load.processes.wait_for_status(200)
    await settled(load.processes)


async def assert_nothing_lost(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    assert all(len(ids) == 1 for ids in load.keyed.values()), "one complaint for one key"
    filed = {str(row["id"]) for row in await load.processes.rows("intake", "SELECT id FROM complaints")}
    assert len(filed - load.acknowledged) <= load.unanswered
    figures = await reconcile(load.processes, load.acknowledged)
    with capsys.disabled():
        print(f"\n  {figures}; answers {dict(load.answers)}")  # noqa: T201


async def test_kill_9_of_each_service_under_load_loses_nothing(
    processes: Processes, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with under_load(load):
        for name in reversed(ALL):
            await load.wait_for_more(60)
            processes.kill(name)
            if name == "notify":
                await processes.rows("notify", END_LEASES)
            processes.start(name)
        await processes.wait_for_status(200)
    await assert_nothing_lost(load, capsys)


async def test_kill_9_of_the_broker_under_load_loses_nothing(
    processes: Processes, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with under_load(load):
        await load.wait_for_more(20)
        await asyncio.to_thread(processes.broker.kill)
        await load.wait_for_more(20)
        await processes.wait_for_status(503, "intake")
        await asyncio.to_thread(processes.broker.restart)
        await processes.wait_for_status(200)
    await assert_nothing_lost(load, capsys)


async def test_an_immediate_stop_of_the_database_under_load_loses_nothing(
    processes: Processes, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with under_load(load):
        await load.wait_for_more(20)
        await asyncio.to_thread(processes.cluster.restart, "immediate")
        await processes.rows("notify", END_LEASES_OF_THE_OUTAGE)
        await load.wait_for_more(20)
        await asyncio.to_thread(processes.cluster.kill)
        await processes.wait_for_status(503)
        await asyncio.to_thread(processes.cluster.restart)
        await processes.wait_for_status(200)
        await processes.rows("notify", END_LEASES_OF_THE_OUTAGE)
    await assert_nothing_lost(load, capsys)


async def test_sigterm_under_load_ends_with_status_0_and_loses_nothing(
    processes: Processes, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with under_load(load):
        for name in reversed(ALL):
            await load.wait_for_more(20)
            assert await asyncio.to_thread(processes.terminate, name) == 0, processes.tails()
            processes.start(name)
        await processes.wait_for_status(200)
    await assert_nothing_lost(load, capsys)


async def test_a_crash_between_an_effect_and_its_record_repeats_no_effect(
    processes: Processes, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    async with under_load(load):
        await asyncio.gather(*(crash_at_every_point(processes, name) for name in ALL))
        await processes.wait_for_status(200)
    await assert_nothing_lost(load, capsys)


async def crash_at_every_point(processes: Processes, name: str) -> None:
    """Start the service once for each of its crash points, then normally."""
    assert await asyncio.to_thread(processes.terminate, name) == 0, processes.tails()
    for point in POINTS[name]:
        processes.start(name, point)
        assert await asyncio.to_thread(processes.ended, name, 60) == -signal.SIGKILL, f"{point}: {processes.tails()}"
        if name == "notify":
            await processes.rows("notify", END_LEASES)
    processes.start(name)
