"""The public board: the figures of the whole country, the clocks that are overdue longest, the longest silences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sla.domain.indicators import Indicators
from services.sla.domain.overdue import OverdueClock
from services.sla.domain.silences import Silence

FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Board:
    """The board as read at one moment."""

    now: datetime
    indicators: Indicators
    oldest: Sequence[OverdueClock]
    silent: Sequence[Silence]
    silent_total: int
    silent_confidential: int

    def is_fresh(self, now: datetime) -> bool:
        """Whether the board may still be shown; at the very moment of its reading it is read anew."""
        return timedelta(0) < now - self.now < FRESH
