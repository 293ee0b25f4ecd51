"""The clocks of agencies with hours of their own are counted again by the auditor, day by day, to the same moments."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.checks import limits
from services.audit.checks.calendars import Calendar
from services.audit.checks.limits import RunningClock
from services.audit.checks.policies import PERMEN
from services.sla.domain.clocks import Clock, moment_in, recounted
from services.sla.state import calendars
from shared.calendar import ZONES, calendar_for
from shared.schedules import Schedule, read_schedule
from tests.conftest import ServiceMaker
from tests.make import EAST, ROADS, forwarded, published, utc
from tests.sla.cases import COMPLAINT, FILED, RULES, clocks_by_name, hear, ignored

SIX_DAYS = read_schedule("07:30-12:00 13:00-14:30", "07:30-11:00", "07:30-12:00", "2024-12-24 2025-09-03 2027-02-01")
LONG = read_schedule("08:00-12:00 12:30-16:30", "", "", "2025-03-20 2026-12-28")
ALL_DAY = read_schedule("00:00-24:00", "", "00:00-24:00", "")
NAMES = [*ZONES.values(), *(f"{zone}|{each.text}" for zone in ZONES.values() for each in (SIX_DAYS, LONG, ALL_DAY))]
OF_COMPLAINT: dict[str, Any] = {"known_class": "complaint", "kind": "complaint", "is_corrected": False}
MOMENTS = st.datetimes(datetime(2023, 1, 9), datetime(2030, 6, 1), timezones=st.just(UTC))
# What the agency does to its limit, or the reporter: it goes to another calendar, is paused, becomes longer.
SECONDS = st.integers(1, 9 * 86_400) | st.sampled_from([43_200, 86_400])


@st.composite
def counted(draw: st.DrawFn) -> Clock:
    """A clock of any unit, counted by up to two calendars, with up to three pauses, and maybe extended."""
    since = draw(MOMENTS)
    unit, name, most = draw(
        st.sampled_from(
            [("working", "follow_up", 30), ("working_hours", "follow_up", 80), ("calendar", "ombudsman", 60)]
        )
    )
    names = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    moment, pauses = since - timedelta(seconds=draw(SECONDS)), list[datetime]()
    for _ in range(draw(st.integers(0, 3))):
        start = moment + timedelta(seconds=draw(SECONDS))
        moment = start + timedelta(seconds=draw(SECONDS))
        pauses += [start, moment]
    zone, days = draw(st.sampled_from(list(ZONES.values()))), draw(st.integers(1, most))
    clock: Any = (COMPLAINT, name, 1, ROADS, zone, since, days, unit, 1, since, 1, since)
    clock = recounted(RULES, Clock(*clock, calendars=tuple(names), pauses=tuple(pauses)))
    return recounted(RULES, replace(clock, extended_days=draw(st.sampled_from((0, 0, 5)))))


@settings(max_examples=10_000, deadline=None)
@given(counted())
def test_every_limit_is_that_of_the_reference(clock: Clock) -> None:
    # 2023 to 2030, three zones, hours and holidays of agencies, transfers, pauses and extensions.
    assert clock.due_at == reference(clock)
    # No calendar that counts it as well brings a limit forward.
    for name in clock.calendars:
        assert clock.due_at >= moment_in(RULES, replace(clock, calendars=(name,)), clock.length)


def reference(clock: Clock) -> datetime:
    names = [field.name for field in fields(RunningClock) if field.name not in OF_COMPLAINT]
    row = RunningClock(**{name: getattr(clock, name) for name in names}, **OF_COMPLAINT)
    return limits._moment(row, [Calendar(name, {}) for name in clock.counted_by], row.length)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), MOMENTS, st.integers(0, 60 * 86_400), st.integers(1, 300))
def test_the_hours_of_an_agency_are_those_of_the_reference(
    name: str, since: datetime, seconds: int, minutes: int
) -> None:
    ours, theirs = Calendar(name, {}), calendars(None)(name)
    end, left = since + timedelta(seconds=seconds), timedelta(minutes=minutes)
    assert ours.open_between(since, end) / timedelta(hours=1) == pytest.approx(theirs.working_hours_between(since, end))
    assert ours.open_after(since, left) == theirs.add_working_hours(since, minutes / 60)


def test_own_holidays_stay_whatever_an_exception_says() -> None:
    exceptions = {date(2025, 9, 3): "working", date(2025, 9, 7): "working"}
    table = Calendar(f"WIB|{SIX_DAYS.text}", exceptions)
    assert [table.works(date(2025, 9, day)) for day in (3, 4, 6, 7)] == [False, True, True, True]
    # Friday the 5th is a holiday; the Sunday has the hours of Monday.
    sunday = datetime(2025, 9, 6, 17, tzinfo=UTC)
    assert table.open_between(sunday, sunday + timedelta(days=1)) == timedelta(hours=6)


def judged(rows: Sequence[Any], **changes: Any) -> list[str]:
    """What the auditor says of these rows of clocks."""
    names = [field.name for field in fields(RunningClock) if field.name not in OF_COMPLAINT]
    clocks = [
        RunningClock(**{**{name: getattr(row, name) for name in names}, **changes}, **OF_COMPLAINT) for row in rows
    ]
    found, _ = limits._wrong(clocks, {}, {1: PERMEN})
    return [violation.check for violation in found]


async def test_the_auditor_finds_a_limit_that_was_counted_by_another_calendar(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    cells = SIX_DAYS._asdict()
    hours = {"hours": cells["hours"], "friday_hours": cells["friday"], "saturday_hours": cells["saturday"]}
    await hear(service, published(ROADS, **hours, local_holidays=SIX_DAYS.holidays), published(EAST))
    await hear(service, *ignored(COMPLAINT))
    await hear(service, forwarded(COMPLAINT, EAST, 1), at=FILED + timedelta(days=1))
    clocks = await clocks_by_name(service)
    rows = [clock for clock in clocks.values() if clock.stopped_at is None]
    assert judged(rows) == []
    resolution = clocks["resolution", 1]
    assert resolution.calendars == sorted([f"Asia/Jakarta|{SIX_DAYS.text}", "Asia/Jayapura"])
    for other in (["Asia/Jakarta"], [f"Asia/Jakarta|{Schedule(saturday='07:30-12:00').text}"]):
        assert "due_differs" in judged([resolution], calendars=other)
    assert resolution.due_at == utc("09-22 15:00")
    assert calendar_for("WIB", schedule=SIX_DAYS).due_at(FILED, 14) == utc("09-19 17:00")
