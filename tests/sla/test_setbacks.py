"""A clock that was ahead burns no ladder: what it took in a time that has not come is undone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.sla.actions import steps
from services.sla.actions.notices import pass_over_once
from services.sla.actions.steps import sweep_once
from shared.clock import ClockAstray, ManualClock, RealClock
from shared.events import ComplaintEscalated
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import hear_promises, utc
from tests.sla.cases import FILED, announced, clock_rows, filed, hear, ignored_complaint, publish, summary, sweep

DAYS = timedelta(days=1)
CLIMBED = utc("09-09 17:00")


async def heard(service: RunningService, clock: ManualClock, days: int) -> list[str]:
    """What is said from now on, day by day."""
    lines = []
    for _ in range(days):
        await sweep(service, clock, clock.now() + DAYS)
        lines += [summary(fact) for fact in await announced(service)]
    return lines


async def test_a_clock_that_jumped_ten_years_ahead_burns_no_ladder(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await hear(service, filed(uuid4()))
    await sweep(service)
    before = await clock_rows(service)
    clock._now = FILED + 3_650 * DAYS
    await sweep(service)
    await announced(service)
    clock._now = FILED
    lines = await heard(service, clock, 60)
    assert [line for line in lines if line.startswith("follow_up")][:4] == [
        "follow_up 50% → 35.78.DPUPR liaison",
        "follow_up 80% → 35.78.DPUPR liaison, 35.78 coordinator",
        "follow_up missed",
        "follow_up step 1 → 35.78.DPUPR leader",
    ]
    assert sum(line.startswith("life step 3") for line in lines) == 9
    assert {row.next_at.year for row in before if row.next_at} == {2025}


async def test_steps_taken_before_the_jump_stay_taken(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, utc("10-15 00:00"))
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    clock._now = FILED + 3_650 * DAYS
    await sweep(service)
    await announced(service)
    clock._now = utc("10-15 00:00")
    again = await heard(service, clock, 30)
    assert not {summary(fact) for fact in climbs} & {*again}
    assert "follow_up step 3 round 4 → 35 leader, NAS coordinator, NAS leader" in again


async def test_a_new_process_undoes_what_another_left_behind(make_service: ServiceMaker, clock: ManualClock) -> None:
    first, second = await make_service("sla"), await make_service("sla")
    await publish(first)
    await hear(first, filed(uuid4()))
    clock._now = FILED + 3_650 * DAYS
    await sweep(first)
    await announced(first)
    clock._now = FILED
    assert len(await heard(second, clock, 20)) == 3


async def test_a_sweep_that_failed_has_undone_nothing_and_the_next_one_does(
    make_service: ServiceMaker, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    clock._now = FILED + 3_650 * DAYS
    await sweep(service)
    await announced(service)
    clock._now = FILED

    async def fails(tx: Any) -> None:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "sweep_horizon", fails)
        with pytest.raises(ConnectionError):
            await sweep_once(service)
    assert "follow_up 50% → 35.78.DPUPR liaison" in await heard(service, clock, 20)


async def test_a_climb_that_was_passed_over_in_a_time_that_has_not_come_is_passed_over_when_it_has(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, CLIMBED)
    clock._now = FILED + 3_650 * DAYS
    await hear_promises(service)
    assert await pass_over_once(service) > 0
    await announced(service)
    clock._now = CLIMBED + timedelta(hours=7)
    await sweep(service)
    assert await pass_over_once(service) == 0
    await sweep(service, clock, utc("09-11 18:00"))
    await announced(service)
    assert await pass_over_once(service) > 0
    assert "follow_up step 1 → 35.78 leader" in map(summary, await announced(service))


async def test_seats_are_not_passed_over_while_the_clock_is_far_from_that_of_the_database(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    class Leaping(RealClock):
        def now(self) -> datetime:
            return super().now() + 3_650 * DAYS

    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, CLIMBED)
    await announced(service)
    service.clock = Leaping()
    with pytest.raises(ClockAstray):
        await pass_over_once(service)
    assert await announced(service) == []


@pytest.mark.parametrize("damage", ["limit_days = 3000", "started_at = '2100-01-01Z'", "policy_version = 99"])
async def test_one_clock_that_cannot_be_counted_keeps_no_other_from_going_back(
    make_service: ServiceMaker, clock: ManualClock, damage: str
) -> None:
    service, bad = await make_service("sla"), uuid4()
    await publish(service)
    await ignored_complaint(service)
    await ignored_complaint(service, bad)
    clock._now = FILED + 3_650 * DAYS
    await sweep(service)
    await announced(service)
    async with service.begin() as tx:
        await tx.execute(f"UPDATE clocks SET {damage} WHERE complaint_id = :id", {"id": bad})
    clock._now = FILED
    assert "follow_up 50% → 35.78.DPUPR liaison" in await heard(service, clock, 10)
