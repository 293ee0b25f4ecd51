"""Policies: limits and a ladder as data, with a version, a day of effect and the agencies for which they hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from shared.vocabulary import CLASSIFICATION_NAMES, ClockName, Role

WORKING, CALENDAR, HOURS, WORKING_HOURS = "working", "calendar", "hours", "working_hours"
UNITS = (WORKING, CALENDAR, HOURS, WORKING_HOURS)
# The units that a calendar counts.
OF_CALENDARS = (WORKING, WORKING_HOURS)
# A day of effect begins with the capital's day (WIB), everywhere at once.
CAPITAL = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock may run: `days` in working days or hours of the responsible agency, calendar days, or hours.

    A limit without a class or a kind holds for each of them. An interim reply may extend it by so many days
    (`extension`) at most.
    """

    clock: ClockName
    classification: str | None
    days: int
    unit: str
    source: str
    kind: str | None = None
    extension: int = 0

    @property
    def specificity(self) -> tuple[bool, bool]:
        return self.classification is not None, self.kind is not None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A percentage of a limit, and the roles that are reminded then."""

    percent: int
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """After its last step a limit climbs again and again, each time after so many days, or hours, of its own unit."""

    working_days: int
    calendar_days: int
    hours: int = 24
    working_hours: int = 8

    def days(self, unit: str) -> int:
        """The interval in this unit."""
        others = {CALENDAR: self.calendar_days, HOURS: self.hours, WORKING_HOURS: self.working_hours}
        return others.get(unit, self.working_days)


# Compared by identity: each policy is made once, and is a key where speed counts.
@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """Limits in force from `effective_on`, for the whole country or for the agencies that it names.

    `climbs` are the days after a limit, or hours, in its own unit, at which a complaint climbs to the leader of the
    responsible agency, of the agency above it, and of the one above that. After the last of them it recurs to the top
    seats until it ends.
    A policy of an `agency` holds for those below it too, one of a `region` for all regions in it.
    """

    version: int
    effective_on: date
    source: str
    limits: tuple[Limit, ...]
    reminders: tuple[Reminder, ...]
    climbs: tuple[int, ...]
    recurrence: Recurrence
    tier: str | None = None
    agency: str | None = None
    region: str | None = None

    @property
    def effective_at(self) -> datetime:
        return datetime.combine(self.effective_on, time(), CAPITAL)

    @property
    def is_local(self) -> bool:
        return self.agency is not None or self.region is not None

    @property
    def content(self) -> tuple[object, ...]:
        """All that a policy says; two versions with the same content are one policy."""
        place = self.tier, self.agency, self.region
        return (self.effective_on, self.source, self.limits, self.reminders, self.climbs, self.recurrence, place)


def require_sound(policy: Policy) -> None:
    """Raises ValueError for a policy that no clock can be counted by."""
    recurrence = policy.recurrence
    # Of an interval of nothing there would be rounds without end.
    intervals = (recurrence.days(unit) for unit in UNITS)
    numbers = (*(limit.days for limit in policy.limits), *intervals, *(one.percent for one in policy.reminders))
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise ValueError("limits, intervals and percentages are whole numbers above 0")
    if not policy.climbs or list(policy.climbs) != sorted({*policy.climbs}):
        raise ValueError("the climbs rise")
    if unknown := {limit.unit for limit in policy.limits} - {*UNITS}:
        raise ValueError(f"unknown units {unknown}")


def fitting(limits: Iterable[Limit], clock: ClockName, classification: str, kind: str) -> Sequence[Limit]:
    """The limits of a clock for this class and kind; an unknown class counts as that of an ordinary complaint."""
    known = classification if classification in CLASSIFICATION_NAMES else "complaint"
    return [
        limit
        for limit in limits
        if limit.clock == clock and limit.classification in (None, known) and limit.kind in (None, kind)
    ]


def limit_of(policy: Policy, clock: ClockName, classification: str, kind: str = "complaint") -> Limit | None:
    """The most specific limit of a clock in this policy, or None."""
    found = fitting(policy.limits, clock, classification, kind)
    return max(found, key=lambda limit: limit.specificity, default=None)
