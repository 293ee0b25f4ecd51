"""Spans of time in which a clock stands still, and moments that are counted past them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.sla.domain.policies import WORKING, WORKING_HOURS
from services.sla.domain.steps import Days, moment_of

# From a moment up to, but not with, a later one.
Span = tuple[datetime, datetime]
# The spans one after the other, each as its two moments: so they are kept.
Spans = tuple[datetime, ...]


def moment_past(unit: str, calendar: Days, since: datetime, days: float, pauses: Spans) -> datetime:
    """The moment `days` after `since`, of which the pauses are not counted, in their order.

    A pause that begins before the moment shifts it: the time that was left, of working time to the microsecond, is
    counted on from its end.
    """
    spans = list(spans_of(pauses))
    for start, end in spans:
        since = end if start <= since < end else since
    moment = moment_of(unit, calendar, since, days)
    for start, end in spans:
        if since <= start < moment:
            moment = _shifted(unit, calendar, moment, start, end)
    return moment


def working_days_past(calendar: Days, start: datetime, end: datetime, pauses: Spans) -> float:
    """The working days from `start` to `end` without those in the pauses; 0 where they are reversed."""
    worked = calendar.working_days_between(start, end)
    for paused_at, resumed_at in spans_of(pauses):
        worked -= max(0.0, calendar.working_days_between(max(start, paused_at), min(end, resumed_at)))
    return max(0.0, worked)


def spans_of(pauses: Sequence[datetime]) -> Iterator[Span]:
    return zip(pauses[::2], pauses[1::2], strict=True)


def _shifted(unit: str, calendar: Days, moment: datetime, start: datetime, end: datetime) -> datetime:
    if unit == WORKING_HOURS:
        return calendar.add_working_hours(end, calendar.working_hours_between(start, moment))
    if unit != WORKING:
        return moment + (end - start)
    return calendar.add_working_days(end, calendar.working_days_between(start, moment))
