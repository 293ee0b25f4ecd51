"""The calendar equals a slow reference that walks day by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.calendar import Calendar
from shared.schedules import Schedule

IANA = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
FIRST, LAST = date(2025, 1, 1), date(2026, 3, 31)
DAY = timedelta(days=1)
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000


class Reference(NamedTuple):
    """A calendar that counts day by day, with exact fractions and the zone database."""

    zone: str
    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    schedule: Schedule = Schedule()

    def table(self) -> Calendar:
        week = self.schedule.week
        return Calendar(self.zone, self.holidays, week, first=FIRST, last=LAST, working=self.working)

    def works(self, day: date) -> bool:
        if day in self.working:
            return True
        rest = ("Sun",) if self.schedule.saturday else ("Sat", "Sun")
        return day.strftime("%a") not in rest and day not in self.holidays

    def at(self, day: date, micros: Fraction = Fraction(0)) -> datetime:
        local = datetime.combine(day, time(), ZoneInfo(IANA[self.zone]))
        return local.astimezone(UTC) + timedelta(microseconds=round(micros))

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(IANA[self.zone])).date()

    def following(self, day: date) -> Iterator[date]:
        while True:
            if self.works(day):
                yield day
            day += DAY

    def due_at(self, since: datetime, days: Fraction) -> datetime:
        tomorrow = self.local_day(since) + DAY
        if days == 0:
            return self.at(tomorrow)
        for day in self.following(tomorrow):
            if days <= 1:
                return self.at(day, days * DAY_US)
            days -= 1
        raise AssertionError

    def days_between(self, start: datetime, end: datetime) -> Fraction:
        return self._overlap(start, end, lambda day: [(self.at(day), self.at(day + DAY))]) / DAY_US

    def hours_between(self, start: datetime, end: datetime) -> Fraction:
        return self._overlap(start, end, self.office) / HOUR_US

    def _overlap(self, start, end, spans) -> Fraction:
        if end < start:
            return -self._overlap(end, start, spans)
        total, day = Fraction(0), self.local_day(start)
        while day <= self.local_day(end):
            for opens, closes in spans(day) if self.works(day) else ():
                if min(closes, end) > max(opens, start):
                    total += (min(closes, end) - max(opens, start)) // timedelta(microseconds=1)
            day += DAY
        return total

    def office(self, day: date) -> list[tuple[datetime, datetime]]:
        own = {"Fri": self.schedule.friday, "Sat": self.schedule.saturday}.get(day.strftime("%a"))
        if day.strftime("%a") == "Fri" and not self.schedule.hours:
            own = own or "07:30-16:30"
        hours = own or self.schedule.hours or "07:30-16:00"
        return [(self.clock(day, period[:5]), self.clock(day, period[6:])) for period in hours.split()]

    def clock(self, day: date, at: str) -> datetime:
        return self.at(day, Fraction(int(at[:2]) * HOUR_US + int(at[3:]) * HOUR_US // 60))

    def add_hours(self, since: datetime, hours: Fraction) -> datetime:
        if hours == 0:
            return since
        left = round(hours * HOUR_US)
        for day in self.following(self.local_day(since)):
            for opens, closes in self.office(day):
                begins = max(opens, since)
                free = max(0, (closes - begins) // timedelta(microseconds=1))
                if left <= free:
                    return begins + timedelta(microseconds=left)
                left -= free
        raise AssertionError


days_off = st.frozensets(st.dates(FIRST, LAST), max_size=40)
days_on = st.frozensets(st.dates(FIRST, LAST), max_size=10)
HOURS = "", "07:30-16:00", "07:30-12:00 12:00-16:00", "08:00-12:00 13:00-14:15 14:30-17:00", "00:00-24:00"
SATURDAY = "", "08:00-12:30", "07:30-11:00 12:00-13:00"
schedules = st.builds(Schedule, *map(st.sampled_from, (HOURS, HOURS, SATURDAY)))
references = st.builds(Reference, st.sampled_from(sorted(IANA)), days_off, days_on, schedules)
# Mostly edges: midnights, openings and closings of all three zones, and one microsecond before and after each.
edges = st.builds(
    lambda day, zone, at, micros: (
        datetime.combine(day, at, ZoneInfo(IANA[zone])).astimezone(UTC) + timedelta(microseconds=micros)
    ),
    st.dates(date(2025, 1, 5), date(2025, 6, 30)),
    st.sampled_from(sorted(IANA)),
    st.sampled_from([time(0), time(7, 30), time(12), time(16), time(16, 30)]),
    st.sampled_from([-1, 0, 1]),
)
moments = edges | st.datetimes(datetime(2025, 1, 5), datetime(2025, 6, 30), timezones=st.just(UTC))
limits = st.sampled_from([3, 5, 10, 14, 60])
ladder = st.builds(
    lambda limit, step: step(limit),
    limits,
    st.sampled_from(
        [
            lambda n: Fraction(n, 2),
            lambda n: n * Fraction(4, 5),
            lambda n: Fraction(n),
            lambda n: Fraction(n + 5),
            lambda n: Fraction(n + 10),
        ]
    ),
)
spans_of_days = ladder | st.integers(0, 70 * DAY_US).map(lambda us: Fraction(us, DAY_US))
spans_of_hours = st.integers(0, 300 * HOUR_US).map(lambda us: Fraction(us, HOUR_US)) | st.integers(0, 300).map(Fraction)
thorough = settings(deadline=None)


@thorough
@given(references, moments, spans_of_days)
@example(Reference("WIT"), datetime(2025, 3, 27, 15, tzinfo=UTC), Fraction(5))
def test_due_at_equals_the_reference(reference, since, days):
    due = reference.table().due_at(since, float(days))
    assert due == reference.due_at(since, days)
    assert due.tzinfo is UTC


@thorough
@given(references, moments, moments)
def test_working_days_between_equal_the_reference(reference, start, end):
    assert reference.table().working_days_between(start, end) == float(reference.days_between(start, end))


@thorough
@given(references, moments, spans_of_hours)
def test_add_working_hours_equals_the_reference(reference, since, hours):
    found = reference.table().add_working_hours(since, float(hours))
    assert found == reference.add_hours(since, hours)
    assert found.tzinfo is UTC


@thorough
@given(references, moments, moments)
def test_working_hours_between_equal_the_reference(reference, start, end):
    assert reference.table().working_hours_between(start, end) == float(reference.hours_between(start, end))


@thorough
@given(references, st.dates(FIRST, LAST))
def test_is_working_day_equals_the_reference(reference, day):
    assert reference.table().is_working_day(day) == reference.works(day)


@thorough
@given(references, moments, spans_of_days)
def test_a_limit_is_counted_from_the_end_of_the_filing_day(reference, since, days):
    table = reference.table()
    end_of_day = table.due_at(since, 0)
    assert table.working_days_between(end_of_day, table.due_at(since, float(days))) == float(days)


@thorough
@given(references, moments, spans_of_days, st.frozensets(st.integers(2025, 2026)))
def test_a_deadline_is_provisional_if_a_day_of_its_count_lies_in_a_year_without_a_decree(
    reference, since, days, decreed
):
    table = Calendar(reference.zone, reference.holidays, first=FIRST, last=LAST, decreed=decreed)
    due = table.due_at(since, float(days))
    counted, last = [reference.local_day(since) + DAY], reference.local_day(due - timedelta(microseconds=1))
    while counted[-1] < last:
        counted.append(counted[-1] + DAY)
    expected = any(day.year not in decreed for day in counted if day <= last)
    assert table.is_provisional(since, due) == expected


@thorough
@given(references, moments, spans_of_hours)
def test_added_office_hours_can_be_counted_back(reference, since, hours):
    table = reference.table()
    assert table.working_hours_between(since, table.add_working_hours(since, float(hours))) == float(hours)


@thorough
@given(references, st.lists(moments, min_size=2, max_size=5), spans_of_days)
def test_a_later_filing_is_due_no_earlier(reference, filed, days):
    table = reference.table()
    dues = [table.due_at(since, float(days)) for since in sorted(filed)]
    assert dues == sorted(dues)


@thorough
@given(references, moments, st.lists(spans_of_days, min_size=2, max_size=5))
def test_a_longer_limit_is_due_later(reference, since, lengths):
    table = reference.table()
    lengths = sorted(set(lengths))
    dues = [table.due_at(since, float(days)) for days in lengths]
    assert all(earlier < later for earlier, later in pairwise(dues))
    assert all(due > since for due in dues)


@thorough
@given(references, moments, moments, moments)
def test_working_time_adds_up(reference, a, b, c):
    table = reference.table()
    for between in (table.working_days_between, table.working_hours_between):
        assert between(a, b) + between(b, c) == pytest.approx(between(a, c), abs=1e-9)
        assert between(a, b) == -between(b, a)
        assert between(min(a, b), max(a, b)) >= 0


@thorough
@given(references, moments, limits)
def test_the_ladder_climbs_in_order(reference, since, limit):
    table = reference.table()
    rungs = [table.due_at(since, days) for days in (0.5 * limit, 0.8 * limit, limit, limit + 5, limit + 10)]
    assert rungs == sorted(set(rungs))
    # Five working days after the limit, counted from its last moment.
    assert rungs[3] == table.due_at(rungs[2] - timedelta(microseconds=1), 5)


@thorough
@given(references, moments, spans_of_days, st.sampled_from(sorted(IANA.values())))
def test_the_zone_of_the_input_does_not_matter(reference, since, days, written_in):
    table = reference.table()
    elsewhere = since.astimezone(ZoneInfo(written_in))
    assert table.due_at(elsewhere, float(days)) == table.due_at(since, float(days))
    assert table.add_working_hours(elsewhere, 3).tzinfo is UTC
