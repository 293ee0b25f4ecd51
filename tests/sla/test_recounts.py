"""Recounts: a new decree moves the limits that have not passed, once, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest

from services.sla.actions import recounts
from services.sla.actions.recounts import recount_once
from services.sla.state import State
from shared.clock import ManualClock
from shared.holidays import days_off
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.sla.cases import clock_rows, hear, ignored, publish, sweep

FILED = datetime(2040, 12, 17, 3, tzinfo=UTC)  # a Monday; the package knows no joint leave of this year or the next
OLD = "date,kind,note\n2040-12-24,leave,SKB 2040\n"
NEW = f"{OLD}2041-01-02,leave,SKB 2041\n2041-01-03,leave,SKB 2041\n"
RESOLUTION, FOLLOW_UP = "resolution", "follow_up"


def decree(folder: Path, text: str) -> Path:
    path = folder / f"decree{crc32(text.encode())}.csv"
    path.write_text(text)
    return path


async def ignored_complaints(service: RunningService[State], clock: ManualClock, number: int = 1) -> None:
    clock.advance_to(FILED)
    await publish(service)
    for n in range(number):
        await hear(service, *ignored(UUID(int=n + 1), FILED), at=FILED)


async def recount(service: RunningService[State]) -> int:
    """Recount until nothing is left; how many clocks were looked at."""
    total = 0
    while done := await recount_once(service):
        total += done
    return total


async def limits(service: RunningService[State]) -> dict[tuple[UUID, str], Any]:
    rows = await clock_rows(service)
    return {(UUID(str(row.complaint_id)), row.name): (row.due_at, row.next_at, row.next_step) for row in rows}


async def test_a_new_decree_moves_the_limits_that_reach_into_its_year(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path
) -> None:
    service = await make_service("sla", calendar_exceptions=decree(tmp_path, OLD))
    await ignored_complaints(service, clock)
    assert await recount(service) > 0
    before = await limits(service)
    await sweep(service, clock, FILED + timedelta(days=12))
    swept = await limits(service)
    again = await make_service("sla", calendar_exceptions=decree(tmp_path, NEW))
    await recount(again)
    after = await limits(again)
    key = UUID(int=1), RESOLUTION
    calendar = again.state.rules.calendar_of("WIB")
    assert after[key][0] == calendar.due_at(FILED, 14) == before[key][0] + timedelta(days=4)  # over a weekend
    assert after[key][1] == calendar.due_at(FILED, 0.8 * 14) and after[key][2] == swept[key][2] == 2
    # The first follow-up was due in December, which the decree does not change.
    same = [each for each in after if each != key and each[1] != "life"]
    assert {each: after[each] for each in same} == {each: swept[each] for each in same}


async def test_the_same_calendar_counts_nothing_again(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path
) -> None:
    exceptions = decree(tmp_path, OLD)
    service = await make_service("sla", calendar_exceptions=exceptions)
    await ignored_complaints(service, clock)
    assert await recount(service) > 0
    assert await recount(await make_service("sla", calendar_exceptions=exceptions)) == 0


async def test_a_limit_that_has_passed_stays_as_it_was_announced(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path
) -> None:
    service = await make_service("sla", calendar_exceptions=decree(tmp_path, OLD))
    await ignored_complaints(service, clock)
    await recount(service)
    await sweep(service, clock, FILED + timedelta(days=40))
    before = await limits(service)
    again = await make_service("sla", calendar_exceptions=decree(tmp_path, NEW))
    await recount(again)
    assert await limits(again) == before


async def test_a_process_that_ends_halfway_leaves_the_rest_to_the_next(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounts, "BATCH", 3)
    monkeypatch.setattr(recounts, "RUNNING", recounts.RUNNING.limit(3))
    monkeypatch.setattr(recounts, "BEHIND", recounts.BEHIND.limit(3))
    service = await make_service("sla", calendar_exceptions=decree(tmp_path, OLD))
    await ignored_complaints(service, clock, number=5)
    await recount(service)
    dying = await make_service("sla", calendar_exceptions=decree(tmp_path, NEW))
    assert await recount_once(dying) == 3
    again = await make_service("sla", calendar_exceptions=decree(tmp_path, NEW))
    await recount(again)
    due = again.state.rules.calendar_of("WIB").due_at(FILED, 14)
    assert {limit[0] for key, limit in (await limits(again)).items() if key[1] == RESOLUTION} == {due}


@pytest.mark.parametrize(
    "damage",
    [
        "policy_version = 99",
        "limit_days = 3000",
        "started_at = '2100-01-01Z'",
        "paused_at = moved_at, paused_until = coalesce(next_at, moved_at)",
    ],
)
async def test_one_clock_that_cannot_be_counted_stops_no_other(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path, damage: str
) -> None:
    service = await make_service("sla", calendar_exceptions=decree(tmp_path, OLD))
    await ignored_complaints(service, clock, number=2)
    await recount(service)
    async with service.begin() as tx:
        await tx.execute(f"UPDATE clocks SET {damage} WHERE complaint_id = :id", {"id": UUID(int=1)})
    before = await limits(service)
    again = await make_service("sla", calendar_exceptions=decree(tmp_path, NEW))
    await recount(again)
    after = await limits(again)
    moved = {key for key in after if after[key] != before[key]}
    assert moved == {(UUID(int=2), RESOLUTION)}


def test_the_digest_is_that_of_the_working_days(tmp_path: Path) -> None:
    same = decree(tmp_path, OLD.replace("leave", "holiday").replace("SKB", "x"))
    assert days_off(decree(tmp_path, OLD)).digest == days_off(same).digest != days_off(decree(tmp_path, NEW)).digest
