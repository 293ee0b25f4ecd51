"""Urgent complaints: a clock of hours, round the clock, that climbs from the duty officer upwards."""

from datetime import timedelta

import pytest

from services.sla.domain.directory import Agency
from services.sla.domain.ladder import recipients_on_duty
from shared.clock import ManualClock
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, ROADS, all_clear, archived, declared_urgent, followed_up, forwarded, published, utc
from tests.sla.cases import COMPLAINT, announced, clocks_by_name, hear, ignored_complaint, publish, summary, sweep

# A Saturday night in Surabaya.
NIGHT = utc("09-06 16:00")
HOUR = timedelta(hours=1)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await hear(service, published(ROADS, duty_officer="liaison"))
    await ignored_complaint(service, COMPLAINT)
    return service


async def test_an_alarm_begins_a_clock_of_six_hours_and_changes_no_other(service: RunningService) -> None:
    before = await clocks_by_name(service)
    await hear(service, declared_urgent(COMPLAINT, since=NIGHT), at=NIGHT)
    clocks = await clocks_by_name(service)
    alarm = clocks.pop(("alarm", 2))
    assert clocks == before
    assert (alarm.agency, alarm.due_at, alarm.limit_days, alarm.unit) == (ROADS, NIGHT + 6 * HOUR, 6, "hours")


@pytest.mark.parametrize(("act", "outcome"), [(followed_up, "met"), (all_clear, "met"), (archived, "ended")])
async def test_whoever_acts_on_the_danger_stops_the_clock(service: RunningService, act: object, outcome: str) -> None:
    await hear(service, declared_urgent(COMPLAINT, since=NIGHT), at=NIGHT)
    assert callable(act)
    await hear(service, act(COMPLAINT), at=NIGHT + HOUR)
    alarm = (await clocks_by_name(service))["alarm", 2]
    assert (alarm.stopped_at, alarm.outcome) == (NIGHT + HOUR, outcome)


async def test_the_clock_goes_with_the_complaint_and_moves_by_no_zone(service: RunningService) -> None:
    await hear(service, declared_urgent(COMPLAINT, since=NIGHT), at=NIGHT)
    await hear(service, forwarded(COMPLAINT, EAST, transfers=1), at=NIGHT + HOUR)
    alarm = (await clocks_by_name(service))["alarm", 2]
    assert (alarm.agency, alarm.due_at) == (EAST, NIGHT + 6 * HOUR)


async def test_the_duty_officer_is_reminded_by_night_and_it_climbs_hour_by_hour(
    service: RunningService, clock: ManualClock
) -> None:
    await sweep(service, clock, NIGHT)
    await hear(service, declared_urgent(COMPLAINT, since=NIGHT), at=NIGHT)
    await announced(service)
    for hours in (3, 5, 6, 11, 16, 40):
        await sweep(service, clock, NIGHT + hours * HOUR)
    said = [line for line in map(summary, await announced(service)) if line.startswith("alarm")]
    assert said == [
        f"alarm 50% → {ROADS} liaison",
        f"alarm 80% → {ROADS} liaison",
        "alarm missed",
        f"alarm step 1 → {ROADS} leader",
        f"alarm step 2 → {CITY} leader",
        "alarm step 3 → 35 leader, NAS coordinator, NAS leader",
        "alarm step 3 round 1 → 35 leader, NAS coordinator, NAS leader",
    ]


def test_a_vacant_duty_officer_is_passed_over_for_the_nearest_leader() -> None:
    city = Agency(CITY, None, "WIB", {"coordinator": True, "leader": True})
    unit = Agency(ROADS, CITY, "WIB", {"liaison": False, "leader": True}, duty_officer="liaison")
    found = recipients_on_duty((unit, city))
    assert ([seat.name for seat in found.reached], [seat.name for seat in found.vacant]) == (
        [f"{ROADS}/leader"],
        [f"{ROADS}/liaison"],
    )
    silent = Agency(ROADS, CITY, "WIB", {"leader": False})
    assert [seat.name for seat in recipients_on_duty((silent, city)).reached] == [f"{CITY}/leader"]
