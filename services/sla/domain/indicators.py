"""Indicators of a period: which days it has, in which zone they begin, and how means are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from services.sla.domain.steps import Days
from shared.calendar import ZONES, OutsideCalendar

CAPITAL_ZONE = "WIB"
CLIMBS = 3


@dataclass(frozen=True, slots=True)
class Indicators:
    """Counts and means of the complaints filed from `first` to `last`, as they stand now; means are in working days.

    `escalations` counts the climbs by number, from 1. `…_with_unanswered` counts those still waiting at their present
    age. Of the `appeals`, those not decided in time are `appeals_overdue`. Each of the `contests` of a complaint
    counts; those that an answer or an end has overtaken are neither upheld nor dismissed. `referrals` are complaints
    whose reporter had them referred to the Ombudsman; of `referrals_overdue` the file was not handed over in time.
    """

    agency: str | None
    first: date
    last: date
    received: int
    verified: int
    followed_up: int
    answered: int
    overdue: int
    mean_verification_days: float | None
    mean_follow_up_days: float | None
    mean_follow_up_days_with_unanswered: float | None
    escalations: Mapping[int, int]
    ombudsman_offers: int
    appeals: int
    appeals_upheld: int
    appeals_dismissed: int
    appeals_overdue: int
    contests: int
    contests_upheld: int
    contests_dismissed: int
    contests_overdue: int
    referrals: int
    referrals_handed_over: int
    referrals_overdue: int


@dataclass(frozen=True, slots=True)
class Total:
    """A number of clocks and the sum of the working days that they ran."""

    clocks: int = 0
    days: float = 0.0

    def __add__(self, other: "Total") -> "Total":
        return Total(self.clocks + other.clocks, self.days + other.days)

    @property
    def mean(self) -> float | None:
        """Working days, rounded to hundredths; None without any clock."""
        return round(self.days / self.clocks, 2) if self.clocks else None


def waiting(calendar: Days, clocks: int, since: datetime, now: datetime) -> Total | None:
    """Clocks that have run since then until now; None where that lies outside the calendar."""
    try:
        return Total(clocks, clocks * max(0.0, calendar.working_days_between(since, now)))
    except OutsideCalendar:
        return None


def total_of(totals: Sequence[Total]) -> Total:
    return sum(totals, Total())


def days_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The first and last day of a period; where they are open, from 1 January of the last day's year until today."""
    last = last or max(today, first or today)
    return first or last.replace(month=1, day=1), last


def midnight(day: date, zone: str) -> datetime:
    """The moment at which a local day begins."""
    return datetime.combine(day, time(), time_zone(zone))


def time_zone(zone: str) -> ZoneInfo:
    """The time zone of an agency; the capital's if the zone is unknown."""
    name = ZONES.get(zone, zone)
    return ZoneInfo(name if name in ZONES.values() else ZONES[CAPITAL_ZONE])
