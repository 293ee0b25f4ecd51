"""Clocks of orders: two working days for the holder to acknowledge each, and nothing else changes."""

from datetime import timedelta
from itertools import permutations

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, ROADS, acknowledged, answered, archived, followed_up, forwarded, ordered, split
from tests.sla.cases import COMPLAINT, FILED, announced, clocks_by_name, hear, ignored_complaint, publish, sweep

DAY = timedelta(days=1)
GIVEN_AT = FILED + DAY


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    await ignored_complaint(made, COMPLAINT)
    return made


async def test_each_order_has_two_working_days_and_no_other_limit_changes(service: RunningService) -> None:
    before = await clocks_by_name(service)
    await hear(service, ordered(COMPLAINT), at=GIVEN_AT)
    await hear(service, ordered(COMPLAINT, number=2), at=GIVEN_AT + DAY)
    after = await clocks_by_name(service)
    first, second = after.pop(("acknowledgement", 1)), after.pop(("acknowledgement", 2))
    assert (first.agency, first.limit_days, first.unit, first.stopped_at) == (ROADS, 2, "working", None)
    assert first.due_at < second.due_at and after == before


async def test_one_acknowledgement_stops_the_clock_of_every_order_before_it(service: RunningService) -> None:
    await hear(service, ordered(COMPLAINT), at=GIVEN_AT)
    await hear(service, ordered(COMPLAINT, number=2), at=GIVEN_AT + DAY)
    await hear(service, acknowledged(COMPLAINT, number=2), at=GIVEN_AT + 2 * DAY)
    await hear(service, ordered(COMPLAINT, number=3), at=GIVEN_AT + 3 * DAY)
    clocks = await clocks_by_name(service)
    stops = [clocks["acknowledgement", number].stopped_at for number in (1, 2, 3)]
    assert stops == [GIVEN_AT + 2 * DAY, GIVEN_AT + 2 * DAY, None]


async def test_an_order_that_nobody_acknowledges_reminds_the_coordinator_and_climbs(
    service: RunningService, clock: ManualClock
) -> None:
    await hear(service, ordered(COMPLAINT), at=GIVEN_AT)
    for day in range(1, 40):
        await sweep(service, clock, GIVEN_AT + day * DAY)
    said = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "acknowledgement"]
    near, climbs = (
        [each for each in said if isinstance(each, DeadlineNear)],
        [each for each in said if isinstance(each, ComplaintEscalated)],
    )
    assert {(seat.agency, seat.role) for each in near for seat in each.recipients} == {(CITY, "coordinator")}
    assert [each.agency for each in said if isinstance(each, DeadlineMissed)] == [ROADS]
    reached = [{(seat.agency, seat.role) for seat in each.recipients} for each in climbs]
    assert reached[0] == {(ROADS, "leader")} and (CITY, "leader") in reached[1]
    assert [each.round for each in climbs][-1] >= 2


@pytest.mark.parametrize("end", ["answer", "archiving", "split", "turn"])
async def test_an_end_or_another_turn_makes_it_needless_and_a_follow_up_does_not(
    service: RunningService, end: str
) -> None:
    await hear(service, ordered(COMPLAINT), at=GIVEN_AT)
    await hear(service, followed_up(COMPLAINT), at=GIVEN_AT + DAY)
    assert (await clocks_by_name(service))["acknowledgement", 1].stopped_at is None
    facts = {"answer": answered(COMPLAINT), "archiving": archived(COMPLAINT), "split": split(COMPLAINT)}
    await hear(service, facts.get(end, forwarded(COMPLAINT, HEALTH, 1)), at=GIVEN_AT + 2 * DAY)
    clock = (await clocks_by_name(service))["acknowledgement", 1]
    assert (clock.stopped_at, clock.agency) == (GIVEN_AT + 2 * DAY, ROADS)
    assert (clock.outcome == "transferred") == (end == "turn")


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_the_order_of_the_events_does_not_matter(service: RunningService, order: tuple[int, ...]) -> None:
    told = [
        ordered(COMPLAINT),
        acknowledged(COMPLAINT),
        forwarded(COMPLAINT, HEALTH, 1),
        ordered(COMPLAINT, HEALTH, number=2),
    ]
    for index in (*order, 0):
        await hear(service, told[index], at=GIVEN_AT + index * DAY)
    clocks = await clocks_by_name(service)
    ends = [(clocks["acknowledgement", n].agency, clocks["acknowledgement", n].stopped_at) for n in (1, 2)]
    assert ends == [(ROADS, GIVEN_AT + DAY), (HEALTH, None)]
