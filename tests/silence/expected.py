"""A clock as the events alone say that it must be, counted day by day with nothing of the product's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays

DAY = timedelta(days=1)
DAY_US = 86_400_000_000
YEARS = range(2024, 2036)
# Steps before the limit: of what waits for the reporter one, of the ombudsman's clock none.
REMINDERS = 2
WEST_TO_EAST = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
WEEK = {True: 7, False: 5}  # days of a round, by whether they are calendar days; an alarm has one each day
HOUR = 1 / 24
OMBUDSMAN, HOLD, WINDOW, ALARM, MERGER = "ombudsman", "hold", "window", "alarm", "merger"
OF_REPORTER = frozenset({HOLD, WINDOW})
# These end without a climb: the reporter has no seat, and routing separates a merged complaint.
WITHOUT_CLIMBS = OF_REPORTER | {MERGER}
# While one of these runs, others pause. Its end is said again each week, until routing has done what follows from it.
PAUSING = frozenset({HOLD, MERGER})


class Count:
    """Working days counted one by one, with the holidays' package."""

    def __init__(self) -> None:
        self._off = frozenset(country_holidays("ID", categories=("public", "government"), years=YEARS))

    def works(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._off

    def due(self, since: datetime, days: float, zone: str) -> datetime:
        """The end of so many working days after `since`; a part of a day in proportion to its 24 hours."""
        tz, left = ZoneInfo(zone), days
        day = since.astimezone(tz).date()
        while True:
            day += DAY
            if not self.works(day):
                continue
            if left <= 1:
                return datetime.combine(day, time(), tz) + timedelta(microseconds=round(left * DAY_US))
            left -= 1

    def worked(self, start: datetime, end: datetime, zone: str) -> timedelta:
        """The time from `start` to `end` that lies in working days."""
        total = timedelta()
        while start < end:
            until = min(_midnight_after(start, zone), end)
            total += until - start if self.works(start.astimezone(ZoneInfo(zone)).date()) else timedelta()
            start = until
        return total

    def after(self, start: datetime, left: timedelta, zone: str) -> datetime:
        """The moment by which so much time of working days has passed."""
        while left > timedelta():
            midnight = _midnight_after(start, zone)
            works = self.works(start.astimezone(ZoneInfo(zone)).date())
            passed = min(midnight - start, left) if works else timedelta()
            left -= passed
            start = midnight if left else start + passed
        return start

    def days_until(self, since: datetime, day: date, zone: str) -> int:
        """The working days of a limit that ends with this day."""
        end = datetime.combine(day + DAY, time(), ZoneInfo(zone))
        return next(days for days in count(1) if self.due(since, days, zone) >= end)


def _midnight_after(moment: datetime, zone: str) -> datetime:
    tz = ZoneInfo(zone)
    return datetime.combine(moment.astimezone(tz).date() + DAY, time(), tz).astimezone(moment.tzinfo)


@dataclass(slots=True)
class Expected:
    """A clock of this name; `moves` are the zones into which it passed, and when. In its `pauses` no time passes.

    A clock of the whole complaint was `asleep` between an end and a reopening. No climb is lower than the `floor`. A
    promise ends with its `day`, and before it was moved its steps were those of an `earlier` limit, in days. Each of
    the `interims` is the moment of an interim reply and the end of the day that it names: the first extends the limit.
    """

    start: datetime
    days: float
    zone: str
    is_calendar: bool = False
    stop: datetime | None = None
    moves: list[tuple[datetime, str]] = field(default_factory=list)
    name: str = ""
    floor: int = 0
    day: date | None = None
    former: list[date] = field(default_factory=list)
    earlier: list[float] = field(default_factory=list)
    interims: list[tuple[datetime, datetime]] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    asleep: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def is_offer(self) -> bool:
        """Whether its only named step is the offer of the ombudsman."""
        return self.is_calendar and self.name not in (HOLD, ALARM, MERGER)

    @property
    def round_days(self) -> int:
        """The days from one round to the next."""
        return 1 if self.name == ALARM else WEEK[self.is_calendar]

    @property
    def reminders(self) -> int:
        """How many of its named steps are reminders; the others climb, or are the end of what a reporter may do."""
        if self.name in OF_REPORTER:
            return 1
        return 0 if self.is_offer or self.name == MERGER else REMINDERS

    @property
    def west(self) -> str:
        """The zone in which its days end last, of all that it has run in."""
        return next(zone for zone in WEST_TO_EAST if zone in {self.zone, *(zone for _, zone in self.moves)})

    def counting(self, counted: Count) -> set[str]:
        """The zones by which it is counted: where it began, and where it came to before its limit had passed."""
        if self.day:
            return {self.west}
        zones, limit = {self.zone}, self.earlier[0] if self.earlier else self.days
        for at, zone in self.moves:
            if at < max(self._moment(counted, limit, each) for each in zones):
                zones.add(zone)
        return zones

    def awakened(self, at: datetime) -> None:
        """Run on, from this moment, as if the clock had never stopped."""
        if self.stop:
            self.asleep.append((self.stop, at))
            self.stop = None

    def extend(self, counted: Count) -> None:
        """Make the limit longer up to the day of an interim reply, by half at most, unless it came too late."""
        for at, until in self.interims[:1]:
            known = replace(self, pauses=[pause for pause in self.pauses if pause[0] < at])
            if at <= known.moment(counted, self.days):
                most = int(self.days) // 2
                reaches = (more for more in range(most) if known.moment(counted, self.days + more) >= until)
                self.earlier, self.days = [self.days], self.days + next(reaches, most)

    def moment(self, counted: Count, days: float) -> datetime:
        """The moment so many days after the start, its pauses not counted: the last of those of its zones."""
        return max(self._moment(counted, days, zone) for zone in self.counting(counted))

    def _moment(self, counted: Count, days: float, zone: str) -> datetime:
        since = self.start
        for start, end in self.pauses:
            since = end if start <= since < end else since
        moment = since + DAY * days if self.is_calendar else counted.due(since, days, zone)
        for start, end in self.pauses:
            if since <= start < moment:
                left = moment - start if self.is_calendar else counted.worked(start, moment, zone)
                moment = end + left if self.is_calendar else counted.after(end, left, zone)
        return moment

    def soonest(self, counted: Count, days: float) -> datetime:
        """The earliest that this moment can have been: in another zone, or before a promise was moved."""
        ways = [days, *(self._as_of(limit, days) for limit in self.earlier)]
        return min(self._moment(counted, way, zone) for zone in self.counting(counted) | {self.zone} for way in ways)

    def _as_of(self, limit: float, days: float) -> float:
        """The days of a step if this were the limit: reminders are a share of it, climbs come after it."""
        return round(limit * days / self.days, 9) if days < self.days else limit + days - self.days

    def named_steps(self) -> Sequence[float]:
        """The days of the named steps, from 1: reminders, then climbs; of the ombudsman's clock the offer alone."""
        limit = self.days
        if self.name in OF_REPORTER:
            return [limit * 0.5, limit]
        if self.name == MERGER:
            return [limit]
        unit = HOUR if self.name == ALARM else 1
        return [limit] if self.is_offer else [limit * 0.5, limit * 0.8, limit, limit + 5 * unit, limit + 10 * unit]

    def moment_said(self, counted: Count, fact: Any, at: datetime | None = None) -> datetime:
        """The moment of the step or the round that an announcement tells of, which was made `at` a moment."""
        named, number = self.named_steps(), getattr(fact, "round", 0)
        if number:
            moment = self.moment(counted, named[-1] + self.round_days * number)
        elif percent := getattr(fact, "percent", None):
            moment = self._moment_of_reminder(counted, percent, at)
        elif self.is_offer:
            moment = self.moment(counted, self.days)
        else:
            moment = self._moment_of_climb(counted, fact.step, at)
        return self.awake_at(moment)

    def _moment_of_reminder(self, counted: Count, percent: int, at: datetime | None) -> datetime:
        """Of the limits that there were, the last by which the reminder had come by then."""
        moments = sorted(self.moment(counted, limit * percent / 100) for limit in (*self.earlier, self.days))
        come = [moment for moment in moments if at is None or moment <= at]
        return (come or moments[:1])[-1]

    def awake_at(self, moment: datetime) -> datetime:
        """This moment, or the reopening after it if the clock was asleep."""
        return next((end for start, end in self.asleep if start <= moment < end), moment)

    def _moment_of_climb(self, counted: Count, step: int, at: datetime | None) -> datetime:
        """Of climbs that were raised to one step, the last that had come by then."""
        lowest = 1 if step <= self.floor else step
        moments = [self.moment(counted, self.named_steps()[REMINDERS + n - 1]) for n in range(lowest, step + 1)]
        come = [moment for moment in moments if at is None or moment <= at]
        return (come or moments[:1])[-1]

    def may_lapse(self, counted: Count, said: Sequence[datetime]) -> bool:
        """Whether the end of a pause may be said at these moments: once, and once more after each whole week."""
        return all(self.moment(counted, self.days + self.round_days * nth) <= at for nth, at in enumerate(sorted(said)))

    def has_stopped_by(self, at: datetime) -> bool:
        """Whether the clock did not run at this moment, because an act had stopped it."""
        return (self.stop is not None and self.stop <= at) or any(start <= at < end for start, end in self.asleep)

    def rounds(self, counted: Count, until: datetime) -> Iterator[tuple[int, datetime]]:
        """The rounds that have come by this moment: weekly after the last named step, counted from the start."""
        last = self.named_steps()[-1]
        for number in count(1):
            moment = self.moment(counted, last + self.round_days * number)
            if moment > until or self.name in WITHOUT_CLIMBS:
                return
            yield number, moment
