"""The hours of a unit: several periods a day, Friday and Saturday of their own, and holidays that only it has."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple, Self

from shared.holidays import FIRST, LAST

# From a minute of the day up to, but not with, a later one.
Period = tuple[int, int]
Periods = tuple[Period, ...]
# Perpres 21/2023. Breaks count as office hours: no limit pauses at lunch.
HOURS, FRIDAY = "07:30-16:00", "07:30-16:30"
PERIOD = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
# The database refuses a step that is more than 150 days away; 60 working days around Lebaran are 110 without these.
MOST_HOLIDAYS, NEAR = 20, timedelta(days=180)
# Clocks carry the schedule by which they are counted.
MOST_NAMED = 100
# Ramadan leaves 32.5 hours of 37.5; limits in working hours would be far away with fewer.
LEAST_HOURS = 30


class BadSchedule(ValueError):
    """Hours or holidays cannot be read."""


class Schedule(NamedTuple):
    """When a unit works, as a table gives it; empty hours are those of Perpres 21/2023.

    `hours` are those of Monday to Thursday, and of a Friday without its own. Without hours of its own, no Saturday is
    worked. A day has periods such as `07:30-12:00 13:00-16:00`. On `holidays` the unit is off, beside the country's.
    """

    hours: str = ""
    friday: str = ""
    saturday: str = ""
    holidays: tuple[date, ...] = ()

    @property
    def week(self) -> Sequence[Periods]:
        """The periods of Monday to Sunday. Raises BadSchedule."""
        friday = self.friday or self.hours or FRIDAY
        return (*[periods_of(self.hours or HOURS)] * 4, periods_of(friday), periods_of(self.saturday), ())

    @property
    def text(self) -> str:
        """The schedule in one line; empty for that of most units."""
        days = " ".join(map(str, self.holidays))
        return "|".join((self.hours, self.friday, self.saturday, days)) if any(self) else ""

    @classmethod
    def of(cls, text: str) -> Self:
        """The schedule of such a line. Raises BadSchedule."""
        if not text:
            return cls()
        hours, _, rest = text.partition("|")
        friday, _, rest = rest.partition("|")
        saturday, _, days = rest.partition("|")
        return cls(hours, friday, saturday, days_of(days))


STANDARD = Schedule()


def read_schedule(hours: str, friday: str, saturday: str, holidays: str) -> Schedule:
    """The schedule of four cells of a table. Raises BadSchedule with a sentence."""
    days = days_of(holidays)
    _require_few(days)
    for cell in (hours, friday, saturday):
        periods_of(cell)
    schedule = Schedule(_tidy(hours), _tidy(friday), _tidy(saturday), days)
    if (minutes := sum(closes - opens for day in schedule.week for opens, closes in day)) < LEAST_HOURS * 60:
        raise BadSchedule(f"a week has {minutes / 60:g} hours, and {LEAST_HOURS} at least are needed")
    return schedule


@cache
def periods_of(text: str) -> Periods:
    """The periods of a day, in their order. Raises BadSchedule."""
    periods = tuple(map(_period, text.split()))
    for (_, closes), (opens, _) in pairwise(periods):
        if opens < closes:
            raise BadSchedule(f"the periods of {text!r} must follow one another")
    return periods


def days_of(text: str) -> tuple[date, ...]:
    """The days that are named, in their order. Raises BadSchedule."""
    return tuple(sorted(set(map(_day, text.split()))))


def _tidy(cell: str) -> str:
    return " ".join(cell.split())


def _period(text: str) -> Period:
    if (found := PERIOD.fullmatch(text)) is None:
        raise BadSchedule(f"{text!r} is no period such as 07:30-12:00")
    opening, opens_in, closing, closes_in = map(int, found.groups())
    opens, closes = opening * 60 + opens_in, closing * 60 + closes_in
    if max(opens_in, closes_in) > 59 or closes > 24 * 60:
        raise BadSchedule(f"{text!r} names a time that no day has")
    if opens >= closes:
        raise BadSchedule(f"{text!r} ends before it begins")
    return opens, closes


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadSchedule(f"{text!r} is no day such as 2027-06-14") from None
    if not FIRST <= day <= LAST:
        raise BadSchedule(f"{day} is outside the calendar from {FIRST} to {LAST}")
    return day


def _require_few(days: Sequence[date]) -> None:
    if len(days) > MOST_NAMED:
        raise BadSchedule(f"{len(days)} holidays are named, and {MOST_NAMED} at most can be")
    for first, last in _spans(days):
        if last - first < NEAR:
            raise BadSchedule(f"more than {MOST_HOLIDAYS} holidays lie between {first} and {last}")


def _spans(days: Sequence[date]) -> Iterable[tuple[date, date]]:
    """The first and last of so many days that follow one another as no unit may have near together."""
    return zip(days, days[MOST_HOLIDAYS:], strict=False)
