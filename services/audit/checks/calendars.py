"""The calendars of zones and agencies, walked day by day: a reference that shares no code with the services' own."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

from services.audit.domain.accounts import ZONES

# A walk of more days than the services' calendar has is no limit of anybody's, and would hold up all others.
MOST_DAYS = 10_000
HOURS, FRIDAY = "07:30-16:00", "07:30-16:30"


class Calendar:
    """The working time of one name: a zone, and the schedule of an agency that has one of its own.

    An agency works from Monday to Friday, or to Saturday if it has hours for that, less holidays, joint leave and its
    own holidays, corrected by exceptions.
    """

    def __init__(self, name: str, exceptions: Mapping[date, str]) -> None:
        zone, *cells = name.split("|")
        self._zone = ZoneInfo(ZONES.get(zone, zone))
        self._exceptions = exceptions
        self._hours, self._friday, self._saturday, days = cells or ("", "", "", "")
        self._own = frozenset(map(date.fromisoformat, days.split()))

    def works(self, day: date) -> bool:
        if day in self._own:
            return False
        if day in self._exceptions:
            return self._exceptions[day] == "working"
        return day.weekday() < (6 if self._saturday else 5) and day not in _holidays(day.year)

    def periods(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """When the agency is open on a day on which it works."""
        monday = self._hours or HOURS
        friday = self._friday or self._hours or FRIDAY
        text = {4: friday, 5: self._saturday or monday}.get(day.weekday(), monday)
        midnight = datetime.combine(day, time(), self._zone).astimezone(UTC)
        for opens, closes in (period.split("-") for period in text.split()):
            yield midnight + _since_midnight(opens), midnight + _since_midnight(closes)

    def due_at(self, since: datetime, days: int) -> datetime:
        """The end of the n-th working day after the local day of `since`, walked one day at a time.

        Raises ValueError for more days than anybody walks.
        """
        if days > MOST_DAYS:
            raise ValueError(f"{days} working days are not counted one by one")
        day = since.astimezone(self._zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.works(day)
        return datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The time from `start` to `end` that lies in working days, walked one day at a time."""
        total = timedelta()
        while start < end:
            midnight = self._midnight_after(start)
            if self.works(start.astimezone(self._zone).date()):
                total += min(midnight, end) - start
            start = midnight
        return total

    def after(self, start: datetime, left: timedelta) -> datetime:
        """The moment by which so much time of working days has passed since `start`, walked one day at a time."""
        while left:
            midnight = self._midnight_after(start)
            passed = min(midnight - start, left) if self.works(start.astimezone(self._zone).date()) else timedelta()
            left -= passed
            start = midnight if left else start + passed
        return start

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """The office hours from `start` to `end`, walked one day at a time."""
        total, day = timedelta(), start.astimezone(self._zone).date()
        while day <= end.astimezone(self._zone).date():
            for opens, closes in self.periods(day) if self.works(day) else ():
                total += max(timedelta(), min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def open_after(self, start: datetime, left: timedelta) -> datetime:
        """The moment by which so many office hours have passed since `start`, walked one day at a time."""
        day = start.astimezone(self._zone).date()
        for walked in range(MOST_DAYS):
            for opens, closes in self.periods(day + timedelta(walked)) if self.works(day + timedelta(walked)) else ():
                free = max(timedelta(), closes - max(opens, start))
                if left <= free:
                    return max(opens, start) + left
                left -= free
        raise ValueError(f"{left} are not counted day by day")

    def _midnight_after(self, moment: datetime) -> datetime:
        day = moment.astimezone(self._zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


def _since_midnight(at: str) -> timedelta:
    return timedelta(hours=int(at[:2]), minutes=int(at[3:]))


@cache
def _holidays(year: int) -> frozenset[date]:
    found = holidays.country_holidays("ID", categories=("public", "government"), years=year)
    return frozenset(found)


def exceptions_in(path: Path | None) -> Mapping[date, str]:
    """Day → `holiday` or `working`."""
    if path is None:
        return {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return {date.fromisoformat(row["date"].strip()): row["kind"].strip() for row in csv.DictReader(file)}
