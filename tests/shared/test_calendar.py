"""The calendar against a naive reference that walks day by day, against real dates, and against another list."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared import calendar
from shared.calendar import Calendar, OutsideCalendar, calendar_for, national_holidays

INDEPENDENT_LIST = Path(__file__).parents[3] / "shared/data/holidays/independent_list.csv"
IANA = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
FIRST, LAST = date(2025, 1, 1), date(2026, 3, 31)
DAY = timedelta(days=1)
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000


# --- the reference: loops over days, exact fractions, the zone database for every conversion


class Reference(NamedTuple):
    """A calendar as a child would count it."""

    zone: str
    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def table(self) -> Calendar:
        return Calendar(self.zone, self.holidays, first=FIRST, last=LAST, working=self.working)

    def works(self, day: date) -> bool:
        if day in self.working:
            return True
        return day.strftime("%a") not in ("Sat", "Sun") and day not in self.holidays

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
        return self._overlap(start, end, lambda day: (self.at(day), self.at(day + DAY))) / DAY_US

    def hours_between(self, start: datetime, end: datetime) -> Fraction:
        return self._overlap(start, end, self.office) / HOUR_US

    def _overlap(self, start, end, span) -> Fraction:
        if end < start:
            return -self._overlap(end, start, span)
        total, day = Fraction(0), self.local_day(start)
        while day <= self.local_day(end):
            opens, closes = span(day)
            if self.works(day) and min(closes, end) > max(opens, start):
                total += (min(closes, end) - max(opens, start)) // timedelta(microseconds=1)
            day += DAY
        return total

    def office(self, day: date) -> tuple[datetime, datetime]:
        closes = "16:30" if day.strftime("%a") == "Fri" else "16:00"
        tz = ZoneInfo(IANA[self.zone])
        return (
            datetime.fromisoformat(f"{day} 07:30").replace(tzinfo=tz),
            datetime.fromisoformat(f"{day} {closes}").replace(tzinfo=tz),
        )

    def add_hours(self, since: datetime, hours: Fraction) -> datetime:
        if hours == 0:
            return since
        left = round(hours * HOUR_US)
        for day in self.following(self.local_day(since)):
            opens, closes = self.office(day)
            begins = max(opens, since)
            free = max(0, (closes - begins) // timedelta(microseconds=1))
            if left <= free:
                return begins + timedelta(microseconds=left)
            left -= free
        raise AssertionError


# --- what Hypothesis draws

days_off = st.frozensets(st.dates(FIRST, LAST), max_size=40)
days_on = st.frozensets(st.dates(FIRST, LAST), max_size=10)
references = st.builds(Reference, st.sampled_from(sorted(IANA)), days_off, days_on)

# Mostly the edges: midnights of all three zones, openings and closings, and a microsecond to either side of each.
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


# --- the four functions are the reference


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


# --- properties


@thorough
@given(references, moments, spans_of_days)
def test_a_limit_is_counted_from_the_end_of_the_filing_day(reference, since, days):
    table = reference.table()
    end_of_day = table.due_at(since, 0)
    assert table.working_days_between(end_of_day, table.due_at(since, float(days))) == float(days)


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
    # Five working days after the limit, counted from its last moment: the limit's own day is over.
    assert rungs[3] == table.due_at(rungs[2] - timedelta(microseconds=1), 5)


@thorough
@given(references, moments, spans_of_days, st.sampled_from(sorted(IANA.values())))
def test_the_zone_of_the_input_does_not_matter(reference, since, days, written_in):
    table = reference.table()
    elsewhere = since.astimezone(ZoneInfo(written_in))
    assert table.due_at(elsewhere, float(days)) == table.due_at(since, float(days))
    assert table.add_working_hours(elsewhere, 3).tzinfo is UTC


# --- real dates


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.mark.parametrize(
    ("filed", "days", "due"),
    [
        pytest.param("2025-02-03 10:00", 5, "2025-02-11 00:00", id="Monday, to the end of next Monday"),
        pytest.param("2025-02-03 00:00", 5, "2025-02-11 00:00", id="the first moment of Monday is Monday"),
        pytest.param("2025-02-03 23:59:59.999999", 5, "2025-02-11 00:00", id="and so is its last"),
        pytest.param("2025-02-04 00:00", 5, "2025-02-12 00:00", id="24:00 is the day after"),
        pytest.param("2025-02-08 12:00", 1, "2025-02-11 00:00", id="Saturday, to the end of Monday"),
        pytest.param("2025-02-03 10:00", 2.5, "2025-02-06 12:00", id="half of five days"),
        pytest.param("2025-02-03 10:00", 0.8 * 14, "2025-02-19 04:48", id="80 % of fourteen days"),
        pytest.param("2025-02-03 10:00", 0, "2025-02-04 00:00", id="no days: the end of the day"),
        pytest.param("2025-02-08 10:00", 0, "2025-02-09 00:00", id="no days on a Saturday: still its own end"),
        pytest.param("2025-03-27 10:00", 1, "2025-04-09 00:00", id="over Nyepi, Idul Fitri and its joint leave"),
        pytest.param("2025-03-27 10:00", 5, "2025-04-15 00:00", id="five days over Idul Fitri"),
        pytest.param("2025-03-27 10:00", 0.5, "2025-04-08 12:00", id="half a day over Idul Fitri"),
        pytest.param("2025-08-15 10:00", 1, "2025-08-20 00:00", id="the joint leave of 18 August, decreed in August"),
        pytest.param("2024-11-26 10:00", 1, "2024-11-29 00:00", id="regional election day"),
        pytest.param("2024-04-05 10:00", 3, "2024-04-19 00:00", id="Idul Fitri 2024"),
        pytest.param("2025-12-24 10:00", 3, "2026-01-01 00:00", id="Christmas, to the last midnight of the year"),
        pytest.param("2025-12-24 10:00", 60, "2026-04-03 00:00", id="sixty days over Idul Fitri 2026"),
    ],
)
def test_known_deadlines_in_java(filed, days, due):
    assert calendar_for("WIB").due_at(wib(filed), days) == wib(due)


@pytest.mark.parametrize(
    ("zone", "due"),
    [("WIB", "2025-02-10T17:00Z"), ("WITA", "2025-02-11T16:00Z"), ("WIT", "2025-02-11T15:00Z")],
)
def test_one_moment_is_monday_in_jakarta_and_tuesday_in_the_eastern_zones(zone, due):
    # 16:30 UTC on Monday: 23:30 in Jakarta, 00:30 on Tuesday in Makassar, 01:30 in Jayapura.
    filed = datetime(2025, 2, 3, 16, 30, tzinfo=UTC)
    assert calendar_for(zone).due_at(filed, 5) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("since", "hours", "then"),
    [
        pytest.param("2025-02-03 08:00", 2, "2025-02-03 10:00", id="within a day"),
        pytest.param("2025-02-03 07:30", 8.5, "2025-02-03 16:00", id="a full day ends at closing time"),
        pytest.param("2025-02-03 20:00", 1, "2025-02-04 08:30", id="at night, from the next morning"),
        pytest.param("2025-02-07 16:00", 1, "2025-02-10 08:00", id="Friday is half an hour longer"),
        pytest.param("2025-03-27 15:00", 2, "2025-04-08 08:30", id="over Idul Fitri"),
        pytest.param("2025-02-08 20:00", 0, "2025-02-08 20:00", id="nothing added"),
    ],
)
def test_known_office_hours(since, hours, then):
    assert calendar_for("WIB").add_working_hours(wib(since), hours) == wib(then)


def test_working_days_between_can_be_a_fraction_of_a_day():
    assert calendar_for("WIB").working_days_between(wib("2025-02-03 06:00"), wib("2025-02-03 22:48")) == 0.7


def test_a_weekend_takes_no_working_time():
    table = calendar_for("WIB")
    assert table.working_days_between(wib("2025-02-08 00:00"), wib("2025-02-10 00:00")) == 0
    assert table.working_hours_between(wib("2025-02-07 16:30"), wib("2025-02-10 07:30")) == 0


# --- refusals


def test_a_naive_moment_is_refused():
    table, naive = calendar_for("WIB"), datetime(2025, 2, 3)
    aware = naive.replace(tzinfo=UTC)
    for call in (
        lambda: table.due_at(naive, 1),
        lambda: table.add_working_hours(naive, 1),
        lambda: table.working_days_between(naive, aware),
        lambda: table.working_hours_between(aware, naive),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            call()


@pytest.mark.parametrize("moment", [wib("2014-12-31 23:59"), wib("2046-01-01 00:00")])
def test_a_moment_outside_the_calendar_is_refused(moment):
    with pytest.raises(OutsideCalendar, match="2015-01-01 to 2045-12-31"):
        calendar_for("WIB").due_at(moment, 1)
    with pytest.raises(OutsideCalendar):
        calendar_for("WIB").is_working_day(moment.date())


def test_the_calendar_covers_its_first_and_its_last_moment():
    table = calendar_for("WIB")
    assert table.due_at(wib("2015-01-01 00:00"), 1) == wib("2015-01-03 00:00")
    assert table.due_at(wib("2045-12-28 23:59"), 1) == wib("2045-12-30 00:00")
    assert table.due_at(wib("2045-12-31 23:59:59.999999"), 0) == wib("2046-01-01 00:00")


@pytest.mark.parametrize("too_long", [1, 1e6, 1e300, float("inf")])
def test_a_deadline_after_the_calendar_ends_is_refused(too_long):
    late = wib("2045-12-31 23:00")
    with pytest.raises(OutsideCalendar, match="calendar ends"):
        calendar_for("WIB").due_at(late, too_long)
    with pytest.raises(OutsideCalendar, match="calendar ends"):
        calendar_for("WIB").add_working_hours(late, too_long)


@pytest.mark.parametrize("length", [-1, -0.001, float("nan")])
def test_a_negative_length_is_refused(length):
    with pytest.raises(ValueError, match="cannot be"):
        calendar_for("WIB").due_at(wib("2025-02-03 10:00"), length)
    with pytest.raises(ValueError, match="cannot be"):
        calendar_for("WIB").add_working_hours(wib("2025-02-03 10:00"), length)


def test_a_datetime_is_refused_where_a_date_is_needed():
    with pytest.raises(ValueError, match="local date"):
        calendar_for("WIB").is_working_day(wib("2025-02-03 10:00"))


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="WIB, WITA, WIT"):
        calendar_for("Europe/Berlin")


def test_a_zone_with_daylight_saving_time_is_refused(monkeypatch):
    monkeypatch.setitem(calendar.ZONES, "WIB", "Europe/Berlin")
    with pytest.raises(ValueError, match="one offset"):
        Calendar("WIB", ())


def test_office_hours_that_close_before_they_open_are_refused():
    with pytest.raises(ValueError, match="seven days"):
        Calendar("WIB", (), hours=[(time(16), time(7, 30))] * 7)


# --- the factory and its exceptions file


def test_both_names_of_a_zone_give_the_same_calendar():
    assert calendar_for("WIT") is calendar_for("Asia/Jayapura")
    assert calendar_for("WIT") is not calendar_for("WITA")


def exceptions_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "exceptions.csv"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_exceptions_add_holidays_and_working_days(tmp_path, encoding):
    rows = "2025-02-04,holiday,décret\n\n2025-02-08,working,Saturday\n2025-04-02,working,joint leave withdrawn\n"
    table = calendar_for("WIB", exceptions_file(tmp_path, f"date,kind,note\n{rows}", encoding))
    assert not table.is_working_day(date(2025, 2, 4))
    assert table.is_working_day(date(2025, 2, 8))
    assert table.is_working_day(date(2025, 4, 2))
    assert not table.is_working_day(date(2025, 4, 3))
    assert table.due_at(wib("2025-02-03 10:00"), 4) == wib("2025-02-09 00:00")
    assert table.working_hours_between(wib("2025-02-08 00:00"), wib("2025-02-09 00:00")) == 8.5


def test_an_empty_exceptions_file_changes_nothing(tmp_path):
    table = calendar_for("WIB", exceptions_file(tmp_path, "date,kind,note\n"))
    assert table.due_at(wib("2025-02-03 10:00"), 60) == calendar_for("WIB").due_at(wib("2025-02-03 10:00"), 60)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tanggal,jenis\n", "line 1: the header must be date,kind,note"),
        ("date;kind;note\n", "line 1: the header must be date,kind,note, not date;kind;note"),
        ("date,kind,note\n2025-02-04,holiday\n", "line 2: 3 fields are needed"),
        ("date,kind,note\n2025-02-04,holiday,a, b\n", "line 2: 3 fields are needed"),
        ("date,kind,note\n2025-02-04,libur,\n", "line 2: the kind must be holiday or working, not 'libur'"),
        ("date,kind,note\n2025-02-04,holiday,\n04/02/2025,holiday,\n", "line 3: Invalid isoformat"),
        ("date,kind,note\n2025-02-30,holiday,\n", "line 2: day is out of range"),
        ("date,kind,note\n2205-02-04,holiday,\n", "line 2: 2205-02-04 is outside the calendar"),
        ("date,kind,note\n2025-02-04,holiday,\n2025-02-04,working,\n", "line 3: 2025-02-04 stands here twice"),
        pytest.param('date,kind,note\n2025-02-04,"' + " " * 140_000, "line 2: field larger", id="an unclosed quote"),
    ],
)
def test_a_malformed_exceptions_file_is_refused_with_its_line(tmp_path, text, complaint):
    with pytest.raises(ValueError, match=rf"exceptions\.csv, {complaint}"):
        calendar_for("WIB", exceptions_file(tmp_path, text))


# --- another list of holidays


def independent_list() -> dict[str, set[date]]:
    if not INDEPENDENT_LIST.exists():
        pytest.skip("the independent list of holidays is not on this machine")
    kinds: dict[str, set[date]] = {}
    with INDEPENDENT_LIST.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kinds.setdefault(row["jenis"], set()).add(date.fromisoformat(row["tanggal"]))
    return kinds


# Joint leave that the amended joint decree of March 2023 (327/2023) took back, as the package knows.
ONLY_IN_THE_LIST = {date(2023, 4, 26)}
# Joint leave after Independence Day, decreed in August 2025, months after the list was made.
ONLY_IN_THE_PACKAGE = {date(2025, 8, 18)}


def test_the_calendar_has_every_listed_day_except_the_known_differences():
    listed = set().union(*independent_list().values())
    assert listed - national_holidays() == ONLY_IN_THE_LIST


def test_the_calendar_has_no_unlisted_days_in_the_years_that_the_list_covers():
    listed = set().union(*independent_list().values())
    whole = {day for day in national_holidays() if day.year in (2025, 2026)}
    assert whole - listed == ONLY_IN_THE_PACKAGE


def test_joint_leave_of_2023_equals_the_independent_list():
    leave = {day for day in independent_list()["cuti_bersama"] if day.year == 2023} - ONLY_IN_THE_LIST
    assert len(leave) == 11
    assert leave <= national_holidays()
