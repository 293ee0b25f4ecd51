"""Working days and office hours in Indonesia's three zones, read from tables that are built once.

A moment's *position* is the working time before it; a deadline is a position, turned back into a moment.
All inside is in whole microseconds of local time since the first day of the calendar.
"""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.holidays import FIRST, LAST, YEARS, days_off
from shared.schedules import STANDARD, Periods, Schedule

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
DAY_US, HOUR_US, MINUTE_US = 86_400_000_000, 3_600_000_000, 60_000_000
TICK = timedelta(microseconds=1)
# As many as a large province has regencies with holidays of their own; each is half a megabyte.
KEPT = 128


class OutsideCalendar(ValueError):
    """This moment lies outside the working-day calendar."""


class Calendar:
    """The working days from `first` to `last` in one zone (WIB, WITA, WIT or the IANA name).

    `week` has the periods of Monday to Sunday. Working days are those with a period, less `holidays`, plus `working`,
    which wins over both; a day that works only by that has the hours of Monday. `decreed` are the years whose joint
    leave is decreed: what is counted in another year is provisional. Moments go in aware, in any zone, and come out in
    UTC; a naive one is a ValueError.
    """

    def __init__(
        self,
        zone: str,
        holidays: Iterable[date],
        week: Sequence[Periods] = STANDARD.week,
        first: date = FIRST,
        last: date = LAST,
        working: Iterable[date] = (),
        decreed: Container[int] = YEARS,
    ) -> None:
        days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
        off, on = frozenset(holidays), frozenset(working)
        self._periods = _in_microseconds(week)
        is_working = [day in on or (bool(week[day.weekday()]) and day not in off) for day in days]
        worked = [sum(closes - opens for opens, closes in periods) for periods in self._periods]
        self.first, self.last, self._size, self._decreed = first, last, len(days), decreed
        self._start = datetime.combine(first, time(), timezone(_offset(zone, days))).astimezone(UTC)
        # Arrays, for there may be a calendar for each regency.
        self._working = array("I", (n for n, works in enumerate(is_working) if works))
        self._days_before = array("I", accumulate(is_working, initial=0))
        hours = (worked[self._weekday(n)] for n in self._working)
        self._hours_before = array("q", accumulate(hours, initial=0))

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this local day."""
        if isinstance(day, datetime):
            raise ValueError(f"a local date is needed, not the moment {day}")
        n = (day - self.first).days
        self._check(n, day)
        return self._works(n)

    def due_at(self, since: datetime, days: float) -> datetime:
        """The deadline `days` >= 0 working days after `since`, whose own day does not count.

        A whole number ends at 24:00 local of the n-th following working day, a fraction within a working day in
        proportion to its 24 hours; 0 is the end of the day of `since`.
        """
        today, _ = self._locate(since)
        wanted = self._length(days, DAY_US)
        if wanted == 0:
            return self._moment(today + 1, 0)
        # One microsecond is taken off and added again: a whole day ends that day and does not start the next.
        nth, within = divmod(self._days_before[today + 1] * DAY_US + wanted - 1, DAY_US)
        if nth >= len(self._working):
            raise OutsideCalendar(f"{days} working days after {since} is after {self.last}, where the calendar ends")
        return self._moment(self._working[nth], within + 1)

    def is_decreed(self, year: int) -> bool:
        """Whether the joint leave of this year is known."""
        return year in self._decreed

    def is_provisional(self, since: datetime, due: datetime) -> bool:
        """Whether a deadline counted from `since`, whose own day does not count, may move with a decree to come."""
        first, last = self._day(since) + 1, self._day(due - TICK)
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1) if first <= last else ()
        return not all(map(self.is_decreed, years))

    def working_days_between(self, start: datetime, end: datetime) -> float:
        """Working days from `start` to `end`, part days in proportion to 24 hours; negative if they are reversed."""
        return (self._day_position(end) - self._day_position(start)) / DAY_US

    def add_working_days(self, since: datetime, days: float) -> datetime:
        """The earliest moment with `days` >= 0 working days since `since`, part days in proportion to 24 hours."""
        wanted = self._length(days, DAY_US)
        if wanted == 0:
            return since.astimezone(UTC)
        nth, within = divmod(self._day_position(since) + wanted - 1, DAY_US)
        if nth >= len(self._working):
            raise OutsideCalendar(f"{days} working days after {since} is after {self.last}, where the calendar ends")
        return self._moment(self._working[nth], within + 1)

    def add_working_hours(self, since: datetime, hours: float) -> datetime:
        """The earliest moment with `hours` >= 0 office hours since `since`; 0 is `since` itself."""
        position = self._hour_position(since)
        wanted = self._length(hours, HOUR_US)
        if wanted == 0:
            return since.astimezone(UTC)
        target = position + wanted
        if target > self._hours_before[-1]:
            raise OutsideCalendar(f"{hours} office hours after {since} is after {self.last}, where the calendar ends")
        nth = bisect_left(self._hours_before, target) - 1
        return self._moment(self._working[nth], self._within(nth, target - self._hours_before[nth]))

    def working_hours_between(self, start: datetime, end: datetime) -> float:
        """Office hours from `start` to `end`; negative if they are reversed."""
        return (self._hour_position(end) - self._hour_position(start)) / HOUR_US

    def _day_position(self, moment: datetime) -> int:
        n, within = self._locate(moment)
        return self._days_before[n] * DAY_US + (within if self._works(n) else 0)

    def _hour_position(self, moment: datetime) -> int:
        n, within = self._locate(moment)
        worked = self._hours_before[self._days_before[n]]
        if not self._works(n):
            return worked
        return worked + sum(max(0, min(within, closes) - opens) for opens, closes in self._periods[self._weekday(n)])

    def _within(self, nth: int, hours: int) -> int:
        """The time of the n-th working day by which so much of it, more than nothing, has been worked."""
        for opens, closes in self._periods[self._weekday(self._working[nth])]:
            if hours <= closes - opens:
                return opens + hours
            hours -= closes - opens
        raise AssertionError("a day has the hours that were counted")

    def _weekday(self, n: int) -> int:
        return (self.first.weekday() + n) % 7

    def _works(self, n: int) -> bool:
        return self._days_before[n + 1] > self._days_before[n]

    def _locate(self, moment: datetime) -> tuple[int, int]:
        """The number of the local day and the microseconds since its midnight."""
        if moment.utcoffset() is None:
            raise ValueError(f"the moment {moment} has no time zone")
        since_start = moment - self._start
        self._check(since_start.days, moment)
        return since_start.days, since_start.seconds * 1_000_000 + since_start.microseconds

    def _day(self, moment: datetime) -> int:
        """The ordinal of the local day, also of one outside the calendar."""
        return self.first.toordinal() + (moment - self._start).days

    def _check(self, n: int, asked: date) -> None:
        if not 0 <= n < self._size:
            raise OutsideCalendar(f"{asked} is outside the calendar from {self.first} to {self.last}")

    def _length(self, amount: float, unit_us: int) -> int:
        """An amount of days or hours in microseconds."""
        if not amount >= 0:
            raise ValueError(f"a length of working time cannot be {amount}")
        # Infinity cannot be rounded, so the amount is cut to more than the calendar holds.
        return round(min(amount, self._size * 24 + 1) * unit_us)

    def _moment(self, n: int, within: int) -> datetime:
        return self._start + timedelta(n, 0, within)


def calendar_for(zone: str, exceptions: Path | None = None, schedule: Schedule = STANDARD) -> Calendar:
    """The calendar of a zone and of a unit's hours: Indonesia's holidays and joint leave, corrected by exceptions.

    The file (`shared/holidays.py`) is read once in a process's life, so that every clock of one process is counted by
    one calendar: after an edit, restart. A unit's own holidays stay, whatever the file says. Raises BadSchedule.
    """
    return _built(_iana_name(zone), exceptions, schedule)


@lru_cache(KEPT)
def _built(zone: str, exceptions: Path | None, schedule: Schedule) -> Calendar:
    days, own = days_off(exceptions), frozenset(schedule.holidays)
    return Calendar(zone, days.off | own, schedule.week, working=days.working - own, decreed=days.decreed)


def _iana_name(zone: str) -> str:
    name = ZONES.get(zone, zone)
    if name not in ZONES.values():
        raise ValueError(f"the zone must be one of {', '.join(ZONES)}, not {zone!r}")
    return name


def _offset(zone: str, days: list[date]) -> timedelta:
    """The zone's one offset from UTC, checked on every day: the arithmetic above knows no daylight saving."""
    tz = ZoneInfo(_iana_name(zone))
    offsets = {datetime(day.year, day.month, day.day, tzinfo=tz).utcoffset() for day in days}
    offset = offsets.pop() if len(offsets) == 1 else None
    if offset is None:
        raise ValueError(f"{zone} has not one offset from UTC over all the calendar's days")
    return offset


def _in_microseconds(week: Sequence[Periods]) -> Sequence[Periods]:
    """The periods of Monday to Sunday; a day without any has those of Monday, should it be worked after all."""
    if len(week) != 7 or not week[0]:
        raise ValueError("a week has periods for each of seven days, Monday first")
    return [tuple((opens * MINUTE_US, closes * MINUTE_US) for opens, closes in day or week[0]) for day in week]
