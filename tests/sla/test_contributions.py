"""A unit that is asked to contribute has a clock: it climbs the chain of the unit, and stops nothing else."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, ContributionGiven, ContributionRequested
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, TRANSPORT, answered, forwarded, ref, reopened
from tests.sla.cases import COMPLAINT, FILED, announced, clocks_by_name, ignored_complaint, publish, receive, sweep

DAY = timedelta(days=1)
NAMED: dict[str, Any] = {"complaint_id": COMPLAINT, "agency": ref(TRANSPORT), "holder": ROADS, "number": 1}
NAMED |= {"asked_at": FILED + DAY, "due_on": date(2025, 9, 4)}
ASKED, GIVEN = ContributionRequested(**NAMED), ContributionGiven(**NAMED)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    await ignored_complaint(made, COMPLAINT)
    return made


async def test_a_request_has_a_clock_until_its_day_and_the_holders_limits_go_on(service: RunningService) -> None:
    before = await clocks_by_name(service)
    await receive(service, [(ASKED, FILED + DAY)])
    clocks = await clocks_by_name(service)
    own = clocks.pop(("contribution", 1))
    assert (own.agency, own.due_at.isoformat()) == (TRANSPORT, "2025-09-04T17:00:00+00:00")
    assert {key: clock.due_at for key, clock in clocks.items()} == {key: clock.due_at for key, clock in before.items()}
    # Whoever holds the complaint now, the unit is the same.
    await receive(service, [(forwarded(COMPLAINT, "35.78.DINKES", 1), FILED + 2 * DAY)])
    assert (await clocks_by_name(service))["contribution", 1].agency == TRANSPORT


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)])
async def test_a_contribution_stops_it_in_whatever_order_both_are_heard(
    service: RunningService, order: tuple[int, ...]
) -> None:
    told = [(ASKED, FILED + DAY), (GIVEN, FILED + 2 * DAY)]
    for place in order:
        await receive(service, [told[place]])
    clock = (await clocks_by_name(service))["contribution", 1]
    assert (clock.started_at, clock.stopped_at, clock.outcome) == (FILED + DAY, FILED + 2 * DAY, "met")


async def test_a_later_contribution_changes_nothing_and_an_answer_ends_what_is_open(service: RunningService) -> None:
    second = ContributionRequested(**{**NAMED, "number": 2})
    later = (GIVEN, FILED + 3 * DAY)
    await receive(service, [(ASKED, FILED + DAY), (second, FILED + DAY), (GIVEN, FILED + 2 * DAY), later])
    await receive(service, [(answered(COMPLAINT), FILED + 4 * DAY)])
    clocks = await clocks_by_name(service)
    assert clocks["contribution", 1].stopped_at == FILED + 2 * DAY
    assert clocks["contribution", 2].stopped_at == FILED + 4 * DAY


async def test_a_contribution_that_is_heard_before_the_reopening_it_followed_was_given_then(
    service: RunningService,
) -> None:
    await receive(service, [(answered(COMPLAINT), FILED + DAY / 2), (GIVEN, FILED + 2 * DAY)])
    await receive(service, [(reopened(COMPLAINT), FILED + DAY * 3 / 4), (ASKED, FILED + DAY)])
    await receive(service, [(answered(COMPLAINT, window=2), FILED + 4 * DAY)])
    assert (await clocks_by_name(service))["contribution", 1].stopped_at == FILED + 2 * DAY


async def test_a_missed_day_is_told_to_the_leader_of_the_unit_and_climbs(
    service: RunningService, clock: ManualClock
) -> None:
    await receive(service, [(ASKED, FILED + DAY)])
    await sweep(service, clock, FILED + timedelta(days=4))
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    [own] = [fact for fact in climbs if fact.clock == "contribution"]
    assert [(seat.agency, seat.role) for seat in own.recipients] == [(TRANSPORT, "leader")]
