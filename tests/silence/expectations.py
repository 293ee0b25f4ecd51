"""What must happen by the events that routing published: clocks, their steps and rounds, counted day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays

from shared.events import (
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    ComplaintWithdrawn,
    Event,
    FollowUpRecorded,
)

DAY = timedelta(days=1)
DAY_US = 86_400_000_000
YEARS = range(2024, 2036)
LIMITS: Mapping[str, int] = {"information": 5, "aspiration": 5, "complaint": 14, "supervisory": 60}
VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN, LIFE = "verification", "follow_up", "resolution", "ombudsman", "life"
CLOSING = (RESOLUTION, OMBUDSMAN)  # An answer ends them, and the turn of the holder.
REMINDERS = 2
WEEK = {True: 7, False: 5}  # days of a round, by whether they are calendar days
Key = tuple[str, int]  # name and cycle


class Count:
    """Working days counted one by one, with the holidays' package and nothing of the product's."""

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


@dataclass(slots=True)
class Expected:
    """A clock as the events alone say that it must be; `zones` are all that it has run in."""

    start: datetime
    days: float
    zone: str
    is_calendar: bool = False
    stop: datetime | None = None
    zones: set[str] = field(default_factory=set)

    def moved(self, zone: str) -> None:
        self.zone = zone
        self.zones.add(zone)

    def moment(self, counted: Count, days: float, zone: str = "") -> datetime:
        """The moment so many days after the start."""
        return self.start + DAY * days if self.is_calendar else counted.due(self.start, days, zone or self.zone)

    def soonest(self, counted: Count, days: float) -> datetime:
        """The earliest that this moment can have been: passed on to another zone, a limit may end on another day."""
        return min(self.moment(counted, days, zone) for zone in self.zones | {self.zone})

    def named_steps(self) -> Sequence[float]:
        """The days of the named steps, from 1: reminders, then climbs; of the ombudsman's clock the offer alone."""
        limit = self.days
        return [limit] if self.is_calendar else [limit * 0.5, limit * 0.8, limit, limit + 5, limit + 10]

    def moment_said(self, counted: Count, fact: Any) -> datetime:
        """The moment of the step or the round that an announcement tells of."""
        named, number = self.named_steps(), getattr(fact, "round", 0)
        if number:
            return self.moment(counted, named[-1] + WEEK[self.is_calendar] * number)
        if percent := getattr(fact, "percent", None):
            return self.moment(counted, self.days * percent / 100)
        return self.moment(counted, self.days if self.is_calendar else named[REMINDERS + fact.step - 1])

    def has_stopped_by(self, at: datetime) -> bool:
        return self.stop is not None and self.stop <= at

    def rounds(self, counted: Count, until: datetime) -> Iterator[tuple[int, datetime]]:
        """The rounds that have come by this moment: weekly after the last named step, counted from the start."""
        last = self.named_steps()[-1]
        for number in count(1):
            moment = self.moment(counted, last + WEEK[self.is_calendar] * number)
            if moment > until:
                return
            yield number, moment


def expected_clocks(events: Sequence[Event[Any]]) -> dict[Key, Expected]:
    """The clocks of one complaint by its events in the order of their moments; none before its routing."""
    clocks: dict[Key, Expected] = {}
    state = {"kind": "complaint", "turn": 0}
    for event in sorted(events, key=lambda event: event.time):  # Those of one moment stay as they were published.
        _apply(clocks, state, event)
    return clocks


def _apply(clocks: dict[Key, Expected], state: dict[str, Any], event: Event[Any]) -> None:
    match event.fact:
        case ComplaintFiled(kind=kind):
            state["kind"] = kind
        case ComplaintRouted(filed_at=filed_at, verifier=verifier, agency=agency) if (VERIFICATION, 1) not in clocks:
            clocks[VERIFICATION, 1] = Expected(filed_at, 3, verifier.zone)
            clocks[OMBUDSMAN, 1] = Expected(filed_at, 60, agency.zone, is_calendar=True)
        case ComplaintVerified(classification=classification):
            _stop(clocks, event.time, (VERIFICATION, 1))
            state["kind"] = classification
        case ComplaintForwarded(agency=agency, transfers=transfers):
            _stop(clocks, event.time, (FOLLOW_UP, state["turn"]))
            state["turn"] = transfers + 1
            clocks[FOLLOW_UP, state["turn"]] = Expected(event.time, 5, agency.zone)
            resolution = Expected(event.time, LIMITS[state["kind"]], agency.zone)
            clocks.setdefault((RESOLUTION, 1), resolution).moved(agency.zone)
        case FollowUpRecorded():
            _stop(clocks, event.time, (FOLLOW_UP, state["turn"]))
        case ComplaintAnswered():
            _stop(clocks, event.time, (FOLLOW_UP, state["turn"]), *((name, 1) for name in CLOSING))
        case ComplaintArchived() | ComplaintWithdrawn():
            _stop(clocks, event.time, (FOLLOW_UP, state["turn"]), *((name, 1) for name in (VERIFICATION, *CLOSING)))


def _stop(clocks: dict[Key, Expected], at: datetime, *keys: Key) -> None:
    for key in keys:
        if key in clocks and clocks[key].stop is None:
            clocks[key].stop = at
