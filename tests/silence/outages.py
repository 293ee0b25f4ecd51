"""The outages of a simulation: each service is away once alone or nearly so, and two of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.silence.house import DAY, START


@dataclass(frozen=True, slots=True)
class Outage:
    """A service does nothing from `start` until `end`, and its door is closed."""

    service: str
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.service} {self.start:%m-%d} to {self.end:%m-%d}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Whether all services hear all events in order, which of them are away when, and since when nobody acts."""

    in_order: bool
    outages: Sequence[Outage]
    idle_since: datetime


def _outage(service: str, first_day: int, last_day: int) -> Outage:
    return Outage(service, START + DAY * first_day, START + DAY * last_day)


# Notify comes back while routing is still away, and cannot know what officials did last.
OUTAGES: Sequence[Outage] = (
    _outage("notify", 12, 17),
    _outage("routing", 24, 30),
    _outage("intake", 33, 36),
    _outage("routing", 40, 45),
    _outage("notify", 41, 43),
    _outage("sla", 50, 71),
)


def away_at(outages: Sequence[Outage], now: datetime) -> set[str]:
    """The services that are away at this moment."""
    return {outage.service for outage in outages if outage.start <= now < outage.end}


def away_between(outages: Sequence[Outage], start: datetime, end: datetime) -> timedelta:
    """The time between these moments in which at least one service was away."""
    away, counted_to = timedelta(), start
    for outage in sorted(outages, key=lambda each: each.start):
        begins, ends = max(outage.start, counted_to), min(outage.end, end)
        if begins < ends:
            away, counted_to = away + (ends - begins), ends
    return away
