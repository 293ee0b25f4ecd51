"""The calendar: known deadlines and office hours, and refused input."""

from datetime import UTC, datetime

import pytest

from shared import calendar
from shared.calendar import Calendar, OutsideCalendar, calendar_for
from tests.make import wib


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


@pytest.mark.parametrize("moment", [wib("2014-12-31 23:59"), wib("2111-01-01 00:00")])
def test_a_moment_outside_the_calendar_is_refused(moment):
    with pytest.raises(OutsideCalendar, match="2015-01-01 to 2110-12-31"):
        calendar_for("WIB").due_at(moment, 1)
    with pytest.raises(OutsideCalendar):
        calendar_for("WIB").is_working_day(moment.date())


def test_the_calendar_covers_its_first_and_its_last_moment():
    table = calendar_for("WIB")
    assert table.due_at(wib("2015-01-01 00:00"), 1) == wib("2015-01-03 00:00")
    assert table.due_at(wib("2110-12-29 23:59"), 1) == wib("2110-12-31 00:00")
    assert table.due_at(wib("2110-12-31 23:59:59.999999"), 0) == wib("2111-01-01 00:00")


@pytest.mark.parametrize("too_long", [1, 1e6, 1e300, float("inf")])
def test_a_deadline_after_the_calendar_ends_is_refused(too_long):
    late = wib("2110-12-31 23:00")
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


@pytest.mark.parametrize("week", [[((450, 960),)] * 6, [(), *[((450, 960),)] * 6]])
def test_a_week_without_seven_days_or_without_a_monday_is_refused(week):
    with pytest.raises(ValueError, match="seven days"):
        Calendar("WIB", (), week)


def test_both_names_of_a_zone_give_the_same_calendar():
    assert calendar_for("WIT") is calendar_for("Asia/Jayapura")
    assert calendar_for("WIT") is not calendar_for("WITA")


@pytest.mark.parametrize(
    ("since", "due", "provisional"),
    [
        pytest.param("2025-12-30 10:00", "2026-01-01 00:00", False, id="24:00 on the last day of a decreed year"),
        pytest.param("2025-12-30 10:00", "2026-01-01 00:00:00.000001", True, id="and one instant later"),
        pytest.param("2024-12-31 23:59", "2025-02-01 00:00", False, id="the day of filing does not count"),
        pytest.param("2024-12-30 23:59", "2025-02-01 00:00", True, id="a working day of a year before the decree"),
        pytest.param("2025-06-01 10:00", "2027-02-01 00:00", True, id="from a decreed year over another into a third"),
        pytest.param("2026-12-31 10:00", "2027-02-01 00:00", False, id="a later year that is decreed"),
        pytest.param("2026-06-01 10:00", "2026-06-03 00:00", True, id="all in a year without a decree"),
        pytest.param("2026-12-31 10:00", "2027-01-01 00:00", False, id="nothing is counted"),
        pytest.param("2300-01-01 10:00", "2300-02-01 00:00", True, id="beyond the calendar"),
    ],
)
def test_what_is_counted_in_a_year_without_a_decree_is_provisional(since, due, provisional):
    table = Calendar("WIB", (), decreed={2025, 2027})
    assert table.is_provisional(wib(since), wib(due)) is provisional


def test_a_deadline_is_provisional_by_its_own_zone():
    # 16:30 UTC on 31 December: still that day in Jakarta, the first of January in Jayapura.
    since, due = datetime(2024, 12, 31, 16, 30, tzinfo=UTC), datetime(2025, 12, 31, 16, 30, tzinfo=UTC)
    assert [Calendar(zone, (), decreed={2025}).is_provisional(since, due) for zone in ("WIB", "WIT")] == [False, True]


def test_a_deadline_can_be_counted_from_any_moment_that_the_settings_admit():
    table, year = calendar_for("WIT"), 2099
    due = table.due_at(wib(f"{year}-12-31 23:00"), 60 + 10 + 5 * 250)
    assert due.year == 2105 and table.is_provisional(wib(f"{year}-12-31 23:00"), due)
