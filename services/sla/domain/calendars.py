"""What is not known of the calendar: a limit that a decree may still move, a year whose joint leave is missing."""

from datetime import date, datetime
from typing import Protocol

from services.sla.domain.policies import OF_CALENDARS
from services.sla.domain.rules import Rules
from services.sla.domain.steps import Days

# The decree of three ministers (SKB) on next year's joint leave is made in autumn at the latest.
NEXT_YEAR_KNOWN_FROM = 11  # the month


class Limited(Protocol):
    """A clock, as far as its limit concerns the calendar."""

    @property
    def zone(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...


def is_provisional(rules: Rules, clock: Limited) -> bool:
    """Whether the limit reaches into a year whose joint leave is not known; calendar days need no decree."""
    return clock.unit in OF_CALENDARS and rules.calendar_of(clock.zone).is_provisional(clock.started_at, clock.due_at)


def missing_year(calendar: Days, today: date) -> int | None:
    """This year, or from November on the next one, if its joint leave is not known."""
    years = (today.year, today.year + 1) if today.month >= NEXT_YEAR_KNOWN_FROM else (today.year,)
    return next((year for year in years if not calendar.is_decreed(year)), None)


def notice_of(year: int) -> str:
    """What an operator must know while the joint leave of this year is not known."""
    return (
        f"The joint leave of {year} is not known: limits that reach into it are provisional."
        " Upgrade, or name its days in TANGGAP_CALENDAR_EXCEPTIONS."
    )
