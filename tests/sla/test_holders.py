"""Clocks are counted by the calendar of their holder, and a transfer never brings a limit forward."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain import lifecycle
from services.sla.domain.clocks import Clock, moment_in, started
from services.sla.domain.commitments import Promise, promised
from services.sla.domain.complaints import Complaint
from services.sla.domain.holders import last_day
from services.sla.domain.lifecycle import AgencyOf
from services.sla.domain.policies import Limit
from services.sla.domain.rules import Rules, name_of_calendar
from services.sla.domain.settlements import settle
from services.sla.state import calendars
from shared.calendar import ZONES
from shared.schedules import Schedule, read_schedule
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, HEALTH, ROADS, answered, forwarded, published, reassigned, utc
from tests.policies import POLICIES
from tests.sla.cases import COMPLAINT, FILED, RULES, clocks_by_name, hear, ignored, sweep

SIX = read_schedule("07:30-12:00 13:00-14:30", "07:30-11:00", "07:30-12:00", "")
FEAST = read_schedule("", "", "", "2025-09-03 2025-09-04")
OWN = Rules(POLICIES, calendars(None), schedules={"SIX": SIX.text, "FEAST": FEAST.text})
FIVE = AgencyOf("FIVE", "Asia/Jakarta")
AGENCIES = [AgencyOf(code, zone) for code in ("FIVE", "SIX", "FEAST") for zone in ZONES.values()]
DAY = timedelta(days=1)
WORKING_HOURS = replace(
    POLICIES[0], version=2, effective_on=date(2025, 8, 1), limits=(Limit("follow_up", None, 10, "working_hours", "x"),)
)


def publication(code: str, schedule: Schedule, **changes: Any) -> Any:
    hours = {"hours": schedule.hours, "friday_hours": schedule.friday, "saturday_hours": schedule.saturday}
    return published(code, **hours, local_holidays=schedule.holidays, **changes)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    """ROADS works six days, HEALTH has two days of a feast, EAST is in the east."""
    service = await make_service("sla")
    await hear(service, publication(ROADS, SIX), publication(HEALTH, FEAST), published(EAST), published(CITY))
    return service


async def test_a_limit_is_counted_by_the_calendar_of_its_agency(service: RunningService) -> None:
    await hear(service, *ignored(COMPLAINT))
    clocks = await clocks_by_name(service)
    # Five days from Tuesday, with the Saturday, without the holiday on Friday the 5th; the city works five days.
    assert clocks["follow_up", 1].due_at == utc("09-08 17:00")
    assert clocks["follow_up", 1].calendars == [f"Asia/Jakarta|{SIX.text}"]
    assert (clocks["verification", 1].due_at, clocks["verification", 1].calendars) == (utc("09-04 17:00"), [])
    # Half of the limit is the middle of Thursday.
    assert clocks["follow_up", 1].next_at == utc("09-04 05:00")


async def test_the_window_and_a_new_turn_are_counted_by_the_calendar_of_the_holder(service: RunningService) -> None:
    await hear(service, *ignored(COMPLAINT))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED)
    await hear(service, answered(COMPLAINT, HEALTH), at=FILED)
    clocks = await clocks_by_name(service)
    assert clocks["follow_up", 2].due_at == utc("09-11 17:00")
    assert clocks["window", 1].due_at == utc("09-18 17:00")


async def test_new_hours_hold_for_the_clocks_that_begin_later(service: RunningService) -> None:
    await hear(service, *ignored(COMPLAINT))
    before = await clocks_by_name(service)
    await hear(service, published(ROADS), at=FILED + DAY)
    await hear(service, forwarded(COMPLAINT), at=FILED)
    assert await clocks_by_name(service) == before
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), forwarded(COMPLAINT, ROADS, 2), at=FILED + DAY)
    assert (await clocks_by_name(service))["follow_up", 3].due_at == utc("09-10 17:00")


async def test_a_receiver_in_the_east_is_not_late_at_receipt(service: RunningService, clock: Any) -> None:
    # FC-12: passed on from the west one hour before the limit ends, which is one hour after it would in the east.
    await hear(service, *ignored(COMPLAINT))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED)
    limit = (await clocks_by_name(service))["resolution", 1].due_at
    await hear(service, forwarded(COMPLAINT, EAST, 2), at=limit - timedelta(hours=1))
    resolution = (await clocks_by_name(service))["resolution", 1]
    assert (resolution.agency, resolution.zone, resolution.due_at) == (EAST, "Asia/Jayapura", limit)
    await sweep(service, clock, limit - timedelta(minutes=1))
    async with service.begin() as tx:
        taken = (await tx.execute("SELECT max(escalation) FROM fired WHERE clock = 'resolution'")).scalar_one()
    assert taken == 0


async def test_a_verification_that_passes_on_ends_no_earlier(service: RunningService) -> None:
    await hear(service, publication(CITY, SIX))
    await hear(service, *ignored(COMPLAINT)[:2])
    assert (await clocks_by_name(service))["verification", 1].due_at == utc("09-04 17:00")
    await hear(service, reassigned(COMPLAINT, HEALTH, HEALTH))
    verification = (await clocks_by_name(service))["verification", 1]
    assert (verification.agency, verification.due_at) == (HEALTH, utc("09-09 17:00"))
    await hear(service, reassigned(COMPLAINT, HEALTH, CITY), at=FILED + DAY)
    assert (await clocks_by_name(service))["verification", 1].due_at == utc("09-09 17:00")


def life(rules: Rules, turns: Sequence[tuple[AgencyOf, datetime]]) -> list[list[Clock]]:
    """The clocks of a complaint after each of its turns."""
    complaint, clocks, after = Complaint(COMPLAINT, turns[0][1]), list[Clock](), []
    for number, (agency, at) in enumerate(turns, start=1):
        changes = lifecycle.forwarded(rules, complaint, clocks, agency, number, at)
        clocks = list(settle(rules, complaint, clocks, changes).applied_to(clocks))
        after.append(clocks)
    return after


def the(clocks: Sequence[Clock], name: str) -> Clock:
    return max((clock for clock in clocks if clock.name == name), key=lambda clock: clock.cycle)


@st.composite
def transfers(draw: st.DrawFn) -> list[tuple[AgencyOf, datetime]]:
    at = draw(st.datetimes(datetime(2023, 1, 9), datetime(2030, 6, 1), timezones=st.just(UTC)))
    agencies = draw(st.lists(st.sampled_from(AGENCIES), min_size=2, max_size=5))
    waits = [timedelta(hours=draw(st.integers(0, 24 * 12))) for _ in agencies]
    return [(agency, at + sum(waits[1 : n + 1], timedelta())) for n, agency in enumerate(agencies)]


@settings(max_examples=1_000, deadline=None)
@given(transfers())
def test_no_transfer_brings_a_limit_forward_and_what_was_overdue_stays_so(
    turns: list[tuple[AgencyOf, datetime]],
) -> None:
    after = life(OWN, turns)
    for before, now, (agency, at) in zip(after, after[1:], turns[1:], strict=False):
        was, is_now = the(before, "resolution"), the(now, "resolution")
        assert is_now.due_at >= was.due_at and is_now.agency == agency.code
        own = moment_in(OWN, replace(is_now, calendars=(OWN.calendar_name(agency.code, agency.zone),)), 14)
        # Whoever gets it in time has the time that its own calendar gives; whoever gets it late changes nothing.
        assert is_now.due_at == (max(was.due_at, own) if at < was.due_at else was.due_at)
        # The turn of the receiver is new, and counted by its calendar alone.
        assert the(now, "follow_up").counted_by == (OWN.calendar_name(agency.code, agency.zone),)


@settings(max_examples=500, deadline=None)
@given(transfers(), st.data())
def test_the_order_in_which_transfers_are_heard_changes_no_calendar(
    turns: list[tuple[AgencyOf, datetime]], data: st.DataObject
) -> None:
    complaint, clocks = Complaint(COMPLAINT, turns[0][1]), list[Clock]()
    for n in data.draw(st.permutations(range(len(turns)))):
        changes = lifecycle.forwarded(OWN, complaint, clocks, turns[n][0], n + 1, turns[n][1])
        clocks = list(settle(OWN, complaint, clocks, changes).applied_to(clocks))
    assert the(clocks, "resolution") == the(life(OWN, turns)[-1], "resolution")


@settings(max_examples=500, deadline=None)
@given(transfers(), st.integers(1, 30))
def test_a_promise_keeps_its_day_and_ends_with_it_where_it_ends_last(
    turns: list[tuple[AgencyOf, datetime]], days: int
) -> None:
    maker, at = turns[0]
    [clocks, *_] = life(OWN, turns)
    complaint = Complaint(COMPLAINT, at)
    # A working day ahead of whoever promises, as routing asks for.
    end = OWN.calendar_of(OWN.calendar_name(maker.code, maker.zone)).due_at(at, days)
    day, zones = (end - DAY / 2).astimezone(ZoneInfo(maker.zone)).date(), {maker.zone}
    made = promised(OWN, complaint, clocks, maker, Promise(1, at, day, is_new=True))
    clocks = list(settle(OWN, complaint, clocks, made).applied_to(clocks))
    assert the(clocks, "promise").due_at == end
    for number, (agency, moment) in enumerate(turns[1:], start=2):
        changes = lifecycle.forwarded(OWN, complaint, clocks, agency, number, moment)
        clocks = list(settle(OWN, complaint, clocks, changes).applied_to(clocks))
        promise, zones = the(clocks, "promise"), {*zones, agency.zone}
        west = next(zone for zone in ZONES.values() if zone in zones)
        assert (last_day(promise), promise.agency) == (day, agency.code)
        assert promise.counted_by == (name_of_calendar(west, OWN.schedules.get(maker.code, "")),)


def test_a_limit_in_working_hours_runs_while_its_agency_is_open() -> None:
    rules = replace(OWN, policies=(*POLICIES, WORKING_HOURS))
    complaint = Complaint(COMPLAINT, FILED)
    # Monday 09:00 to 14:30 are four and a half hours, Tuesday has six; half of the ten is Tuesday 08:00.
    clock = started(rules, complaint, "follow_up", AgencyOf("SIX", "Asia/Jakarta"), FILED)
    assert (clock.unit, clock.due_at, clock.next_at) == ("working_hours", utc("09-02 07:00"), utc("09-02 01:00"))
    # By the hours of the country, Monday has seven.
    assert started(rules, complaint, "follow_up", FIVE, FILED).due_at == utc("09-02 03:30")


def test_a_damaged_schedule_has_the_days_of_its_zone() -> None:
    damaged = replace(RULES, schedules={"FIVE": "nonsense|x||"})
    for rules in (RULES, damaged):
        assert started(rules, Complaint(COMPLAINT, FILED), "follow_up", FIVE, FILED).due_at == utc("09-09 17:00")
