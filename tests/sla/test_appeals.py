"""Clocks of an appeal: the agency above has ten working days, and is reminded and reported like anybody else."""

from datetime import timedelta

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, PROVINCE, ROADS, appealed, archived, closed, decided, upheld
from tests.make import answered as is_answered
from tests.sla.cases import COMPLAINT, FILED, announced, clocks_by_name, hear, ignored_complaint, publish, sweep

DAY = timedelta(days=1)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    await ignored_complaint(made, COMPLAINT)
    return made


async def running(service: RunningService) -> dict[str, str]:
    clocks = await clocks_by_name(service)
    return {name: clock.agency for (name, _), clock in clocks.items() if clock.stopped_at is None}


async def kept(service: RunningService) -> tuple[bool, bool]:
    """Whether the complaint is answered, and whether it has ended otherwise."""
    async with service.begin() as tx:
        row = (await tx.execute("SELECT answered_at, ended_at FROM complaints")).one()
    return row.answered_at is not None, row.ended_at is not None


async def answered(service: RunningService) -> None:
    await hear(service, is_answered(COMPLAINT), at=FILED + DAY)


async def test_an_appeal_opens_the_complaint_and_gives_the_agency_above_ten_working_days(
    service: RunningService,
) -> None:
    await answered(service)
    await hear(service, closed(COMPLAINT), at=FILED + 2 * DAY)
    assert await running(service) == {}
    await hear(service, appealed(COMPLAINT), at=FILED + 3 * DAY)
    assert await running(service) == {"appeal": CITY, "life": ROADS, "ombudsman": ROADS}
    clock = (await clocks_by_name(service))["appeal", 1]
    # Friday the 5th is a holiday.
    assert (clock.limit_days, clock.unit, clock.due_at - FILED) == (10, "working", timedelta(days=18, hours=15))
    assert await kept(service) == (False, False)


async def test_a_dismissal_lets_the_end_stand(service: RunningService) -> None:
    await answered(service)
    await hear(service, appealed(COMPLAINT), at=FILED + 3 * DAY)
    await hear(service, decided(COMPLAINT), at=FILED + 9 * DAY)
    assert await running(service) == {} and await kept(service) == (True, False)
    clocks = await clocks_by_name(service)
    assert clocks["appeal", 1].outcome == "met" and clocks["life", 1].outcome == "answered"
    assert clocks["window", 1].stopped_at == FILED + 3 * DAY


async def test_the_dismissal_of_an_appeal_against_an_archiving_leaves_it_archived(service: RunningService) -> None:
    await hear(service, archived(COMPLAINT), at=FILED + DAY)
    await hear(service, appealed(COMPLAINT, PROVINCE), at=FILED + 3 * DAY)
    assert await running(service) == {"appeal": PROVINCE, "life": ROADS, "ombudsman": ROADS}
    await hear(service, decided(COMPLAINT, state="ARCHIVED"), at=FILED + 9 * DAY)
    assert await running(service) == {} and await kept(service) == (False, True)


async def test_an_upheld_appeal_begins_a_cycle_no_lower_than_the_ladder_had_come(
    service: RunningService, clock: ManualClock
) -> None:
    await answered(service)
    await hear(service, appealed(COMPLAINT), at=FILED + 3 * DAY)
    await hear(service, upheld(COMPLAINT, HEALTH, standing=2), at=FILED + 9 * DAY)
    assert await running(service) == {
        "life": HEALTH, "follow_up": HEALTH, "resolution": HEALTH, "ombudsman": HEALTH
    }  # fmt: skip
    clocks = await clocks_by_name(service)
    assert [clocks[name, 2].floor for name in ("follow_up", "resolution")] == [2, 2]
    assert clocks["appeal", 1].outcome == "met"
    await announced(service)
    await sweep(service, clock, clocks["follow_up", 2].due_at)
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert [(fact.step, fact.clock) for fact in climbs] == [(2, "follow_up")]


async def test_whoever_does_not_decide_is_reminded_and_reported_upwards_again_and_again(
    service: RunningService, clock: ManualClock
) -> None:
    await answered(service)
    await hear(service, appealed(COMPLAINT), at=FILED + 2 * DAY)
    await announced(service)
    for days in range(4, 80, 4):
        await sweep(service, clock, FILED + timedelta(days=days))
    said = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "appeal"]
    near = [fact for fact in said if isinstance(fact, DeadlineNear)]
    assert [(fact.percent, [(seat.agency, seat.role) for seat in fact.recipients]) for fact in near] == [
        (50, [(CITY, "coordinator")]),
        (80, [(CITY, "coordinator")]),
    ]
    assert sum(isinstance(fact, DeadlineMissed) for fact in said) == 1
    climbs = [fact for fact in said if isinstance(fact, ComplaintEscalated)]
    assert [fact.step for fact in climbs[:3]] == [1, 2, 3]
    assert [(seat.agency, seat.role) for seat in climbs[0].recipients] == [(CITY, "leader")]
    assert len(climbs) > 5 and all(fact.round for fact in climbs[3:])
