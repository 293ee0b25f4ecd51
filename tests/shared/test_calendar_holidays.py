"""Holidays: the file of exceptions, and a comparison with an independent list."""

import csv
from datetime import date
from pathlib import Path

import pytest

from shared.calendar import calendar_for
from shared.holidays import FIXED, LAST, days_off, national_holidays
from tests.make import wib

INDEPENDENT_LIST = Path(__file__).parents[3] / "shared/data/holidays/independent_list.csv"


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
        ("", "line 0: the header must be date,kind,note"),
        ("tanggal,jenis\n", "line 1: the header must be date,kind,note"),
        ("date;kind;note\n", "line 1: the header must be date,kind,note, not date;kind;note"),
        ("date,kind,note\n2025-02-04,holiday\n", "line 2: 3 fields are needed"),
        ("date,kind,note\n2025-02-04,holiday,a, b\n", "line 2: 3 fields are needed"),
        ("date,kind,note\n2025-02-04,libur,\n", "line 2: the kind must be holiday, leave or working, not 'libur'"),
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


def test_the_years_with_joint_leave_are_decreed():
    decreed = days_off(None).decreed
    assert set(range(2015, 2028)) <= decreed and max(decreed) < 2040


def test_joint_leave_in_the_file_makes_its_year_decreed(tmp_path):
    rows = "2029-03-12,leave,SKB 2029\n2030-01-02,holiday,\n2031-01-04,working,\n"
    path = exceptions_file(tmp_path, f"date,kind,note\n{rows}")
    assert days_off(path).decreed - days_off(None).decreed == {2029}
    table, since = calendar_for("WIB", path), wib("2029-03-01 10:00")
    assert not table.is_working_day(date(2029, 3, 12))
    assert not table.is_provisional(since, table.due_at(since, 14))
    assert calendar_for("WIB").is_provisional(since, table.due_at(since, 14))


def test_years_that_the_package_does_not_know_have_weekends_and_fixed_holidays():
    known = {day for day in national_holidays() if day.year == LAST.year}
    assert known == {date(LAST.year, month, day) for month, day in FIXED}
    assert {date(year, month, day) for year in range(2016, LAST.year) for month, day in FIXED} <= national_holidays()


def test_years_without_a_decree_have_the_holidays_that_can_be_computed():
    easter = date(2040, 4, 1)
    assert {easter, date(2040, 3, 30), date(2040, 5, 10)} <= national_holidays()


def independent_list() -> dict[str, set[date]]:
    if not INDEPENDENT_LIST.exists():
        pytest.skip("the independent list of holidays is not on this machine")
    kinds: dict[str, set[date]] = {}
    with INDEPENDENT_LIST.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kinds.setdefault(row["jenis"], set()).add(date.fromisoformat(row["tanggal"]))
    return kinds


# Joint leave that the amended decree of March 2023 (327/2023) withdrew; the package has the amendment.
ONLY_IN_THE_LIST = {date(2023, 4, 26)}
# Joint leave after Independence Day, decreed in August 2025, after the list was made.
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
