"""Schedules: the hours of a unit as a table gives them, the calendar that follows, and what is refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import calendar_for
from shared.schedules import STANDARD, BadSchedule, Schedule, read_schedule
from tests.make import wib

SIX_DAYS = read_schedule("07:30-12:00 13:00-14:30", "07:30-11:00", "07:30-12:00", "2025-02-05")


def test_most_units_have_the_hours_of_the_country():
    assert read_schedule("", "", "", "") == STANDARD
    assert STANDARD.week == (*[((450, 960),)] * 4, ((450, 990),), (), ())
    assert STANDARD.text == "" and Schedule.of("") == STANDARD


def test_friday_has_the_hours_of_other_days_unless_it_has_its_own():
    assert read_schedule("08:00-15:00", "", "", "").week[4] == ((480, 900),)
    assert read_schedule("08:00-15:00", "08:00-11:00", "", "").week[4] == ((480, 660),)
    assert read_schedule("", "08:00-11:00", "", "").week[3:5] == (((450, 960),), ((480, 660),))


def test_a_six_day_unit_works_on_saturday_and_not_on_its_own_holiday():
    table = calendar_for("WIB", schedule=SIX_DAYS)
    days = [day for day in range(3, 11) if table.is_working_day(date(2025, 2, day))]
    assert days == [3, 4, 6, 7, 8, 10]
    # Tuesday to the end of Saturday: Wednesday is its holiday.
    assert table.due_at(wib("2025-02-04 10:00"), 3) == wib("2025-02-09 00:00")


@pytest.mark.parametrize(
    ("since", "hours", "then"),
    [
        ("2025-02-03 11:30", 1, "2025-02-03 13:30"),
        ("2025-02-03 12:10", 1.5, "2025-02-03 14:30"),
        ("2025-02-04 14:00", 1, "2025-02-06 08:00"),
        ("2025-02-07 10:00", 2, "2025-02-08 08:30"),
        ("2025-02-08 11:00", 2, "2025-02-10 08:30"),
    ],
)
def test_hours_are_counted_over_breaks_and_days_off(since, hours, then):
    table = calendar_for("WIB", schedule=SIX_DAYS)
    assert table.add_working_hours(wib(since), hours) == wib(then)
    assert table.working_hours_between(wib(since), wib(then)) == hours


def test_a_unit_keeps_its_own_holiday_whatever_the_exceptions_say(tmp_path):
    file = tmp_path / "exceptions.csv"
    file.write_text("date,kind,note\n2025-02-05,working,x\n2025-02-09,working,x\n")
    table = calendar_for("WIB", file, SIX_DAYS)
    assert not table.is_working_day(date(2025, 2, 5))
    # The Sunday has the hours of Monday.
    assert table.working_hours_between(wib("2025-02-09 00:00"), wib("2025-02-10 00:00")) == 6


@given(
    *[st.sampled_from(["", "07:30-16:00", "08:00-12:00 13:00-24:00"])] * 3,
    st.lists(st.dates(date(2023, 1, 1), date(2030, 12, 31)), max_size=10, unique=True),
)
def test_a_schedule_is_read_from_the_line_that_it_gives(hours, friday, saturday, holidays):
    schedule = read_schedule(hours, friday, saturday, " ".join(map(str, holidays)))
    assert Schedule.of(schedule.text) == schedule


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("7.30-16.00", "", "", ""), "'7.30-16.00' is no period such as 07:30-12:00"),
        (("07:30-25:00", "", "", ""), "'07:30-25:00' names a time that no day has"),
        (("07:60-08:00", "", "", ""), "'07:60-08:00' names a time that no day has"),
        (("", "16:00-07:30", "", ""), "'16:00-07:30' ends before it begins"),
        (("", "07:30-07:30", "", ""), "'07:30-07:30' ends before it begins"),
        (("", "", "13:00-15:00 08:00-12:00", ""), "must follow one another"),
        (("08:00-12:00 11:00-15:00", "", "", ""), "must follow one another"),
        (("", "", "", "5 Feb 2025"), "'5' is no day such as 2027-06-14"),
        (("", "", "", "2025-02-30"), "'2025-02-30' is no day"),
        (("", "", "", "2014-12-31"), "outside the calendar"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(cells, sentence):
    with pytest.raises(BadSchedule, match=sentence):
        read_schedule(*cells)


def days_from(first: date, number: int, every: int = 1) -> str:
    return " ".join(str(first + timedelta(days=n * every)) for n in range(number))


def test_many_holidays_near_together_are_refused():
    assert read_schedule("", "", "", days_from(date(2025, 1, 1), 20))
    assert read_schedule("", "", "", days_from(date(2025, 1, 1), 60, every=9))
    with pytest.raises(BadSchedule, match="more than 20 holidays lie between 2025-01-01 and 2025-01-21"):
        read_schedule("", "", "", days_from(date(2025, 1, 1), 21))
    with pytest.raises(BadSchedule, match="101 holidays are named, and 100 at most can be"):
        read_schedule("", "", "", days_from(date(2025, 1, 1), 101, every=30))


@pytest.mark.parametrize("first", [date(year, month, 20) for year in range(2023, 2031) for month in (1, 2, 3, 12)])
def test_sixty_working_days_are_near_with_all_holidays_that_a_unit_may_have(first):
    # A clock cannot be kept whose next step is further away than 150 days.
    country = calendar_for("WIB")
    days = [day for day in (first + timedelta(n) for n in range(40)) if country.is_working_day(day)][:20]
    table = calendar_for("WIB", schedule=read_schedule("", "", "", " ".join(map(str, days))))
    since = wib(f"{first} 23:59")
    assert table.due_at(since, 60) - since < timedelta(days=145)
