"""A clock that was ahead burns no ladder: what it took in a time that has not come is undone."""

from datetime import timedelta
from uuid import uuid4

from shared.clock import ManualClock
from shared.events import ComplaintEscalated
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import utc
from tests.sla.cases import FILED, announced, clock_rows, filed, hear, ignored_complaint, publish, summary, sweep

DAYS = timedelta(days=1)


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
