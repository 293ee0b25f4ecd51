"""The limit and the steps of a clock, counted again from its start; what sla says is compared with that."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from deploy.demo.records import Clock, ComplaintRecord, Evidence
from shared.calendar import Calendar, calendar_for
from shared.lifecycle.clocks import PAUSED_BY
from shared.vocabulary import ClockName

# After the limit until each step, in the clock's own unit: to the leader, the region's head, the province.
CLIMBS = (0, 5, 10)
# From the last of them until the complaint climbs again, and so on.
RECURS = {"working": 5, "calendar": 7, "hours": 24}
# These make an offer, watch, or are the reporter's own time.
WITHOUT_LADDER = frozenset({"ombudsman", "life", "window", *PAUSED_BY})
PAUSING: Mapping[str, frozenset[ClockName]] = {str(name): paused for name, paused in PAUSED_BY.items()}
Span = tuple[datetime, datetime]


def ladders(record: ComplaintRecord) -> list[Clock]:
    """The clocks with escalation steps."""
    return [clock for clock in record.clocks if clock.name not in WITHOUT_LADDER]


def moment(record: ComplaintRecord, clock: Clock, length: float, paused: bool = True) -> datetime:
    """The moment at which so many days (or hours, in that unit) of a clock have passed, without its pauses.

    Unless it `paused`, as if it had run all the time.
    """
    calendar = calendar_for(clock.zone)
    spans = list(pauses(record, clock)) if paused else []
    since = max([clock.started_at, *(end for start, end in spans if start <= clock.started_at)])
    at = _plain(clock.unit, calendar, since, length)
    for start, end in spans:
        if since <= start < at:
            at = _past(clock.unit, calendar, at, start, end)
    return at


def pauses(record: ComplaintRecord, clock: Clock) -> Iterator[Span]:
    """When a clock stood still: while its reporter was asked, or it waited for the answer to another complaint."""
    for other in record.clocks:
        start, end = other.started_at, other.stopped_at or record.read_at
        met = clock.started_at < end and (clock.stopped_at is None or start < clock.stopped_at)
        if met and clock.name in PAUSING.get(other.name, ()):
            yield start, end


def climbs_due(record: ComplaintRecord, clock: Clock) -> list[datetime]:
    """When the named climbs of a clock are due."""
    return [moment(record, clock, clock.length + later) for later in CLIMBS]


def lateness(evidence: Evidence) -> list[timedelta]:
    """The delay of each climb, in simulated time."""
    return [
        step.fired_at - due
        for record in evidence.records
        for clock in ladders(record)
        for step, due in zip(clock.climbs, climbs_due(record, clock), strict=False)
    ]


def _plain(unit: str, calendar: Calendar, since: datetime, length: float) -> datetime:
    if unit == "working":
        return calendar.due_at(since, length)
    return since + timedelta(**{"hours" if unit == "hours" else "days": length})


def _past(unit: str, calendar: Calendar, at: datetime, start: datetime, end: datetime) -> datetime:
    """A moment after a pause that began before it: what was left at the start is counted on from the end."""
    if unit == "working":
        return calendar.add_working_days(end, calendar.working_days_between(start, at))
    return at + (end - start)
