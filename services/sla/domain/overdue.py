"""A clock past its limit, as the public list shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.sla.domain.policies import HOURS
from services.sla.domain.steps import Days
from shared.calendar import OutsideCalendar
from shared.vocabulary import ClockName


@dataclass(frozen=True, slots=True)
class OverdueClock:
    """A running clock past its limit; `days_late` are working days, `step` is the highest climb so far, or 0.

    Of a limit in hours, round the clock, there are `hours_late`, too. `days_late` is None where the limit lies outside
    the calendar, which only a damaged row can say.
    `provisional`: the joint leave of a year that the limit reaches into is not known yet.
    """

    complaint_id: UUID
    reference: str | None
    clock: ClockName
    cycle: int
    agency: str
    agency_name: str | None
    due_at: datetime
    days_late: float | None
    step: int
    provisional: bool = False
    hours_late: int | None = None


def days_late(calendar: Days, due_at: datetime, now: datetime) -> float | None:
    """The working days since this limit, rounded to tenths; None where it lies outside the calendar."""
    try:
        return round(calendar.working_days_between(due_at, now), 1)
    except OutsideCalendar:
        return None


def hours_late(unit: str, due_at: datetime, now: datetime) -> int | None:
    """The whole hours since a limit in hours; None for other limits."""
    return int((now - due_at) / timedelta(hours=1)) if unit == HOURS else None
