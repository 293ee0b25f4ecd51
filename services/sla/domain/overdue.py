"""A clock past its limit, as the public list shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.vocabulary import ClockName


@dataclass(frozen=True, slots=True)
class OverdueClock:
    """A running clock past its limit; `days_late` are working days, `step` is the highest climb so far, or 0.

    `provisional`: the joint leave of a year that the limit reaches into is not known yet.
    """

    complaint_id: UUID
    clock: ClockName
    cycle: int
    agency: str
    agency_name: str | None
    due_at: datetime
    days_late: float
    step: int
    provisional: bool = False
