"""Commitments (janji): what an agency promises until a day, kept once, and moved at most once before that day ends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.routing.domain.agencies import Zone
from services.routing.domain.refusals import RefusalReason
from shared.calendar import ZONES, Calendar
from shared.clock import TICK
from shared.lifecycle.acts import ActKind

MOST_WORKING_DAYS = 60
Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Commitment:
    """The promise of this number about a complaint; `moved_from` is the day for which it stood at first."""

    complaint_id: UUID
    number: int
    made_at: datetime
    due_on: date
    moved_from: date | None = None
    kept_at: datetime | None = None

    @property
    def key(self) -> Key:
        return self.complaint_id, self.number


def refusal_of_day(calendar: Calendar, zone: Zone, now: datetime, day: date) -> RefusalReason | None:
    """Why nothing can be promised for this day: it must be a working day ahead, at most sixty of them."""
    local = ZoneInfo(ZONES[zone])
    if day <= now.astimezone(local).date():
        return RefusalReason.DUE_PAST
    if day > (calendar.due_at(now, MOST_WORKING_DAYS) - TICK).astimezone(local).date():
        return RefusalReason.DUE_TOO_FAR
    start = datetime(day.year, day.month, day.day, tzinfo=local)
    return None if calendar.working_days_between(start, start + timedelta(days=1)) else RefusalReason.DUE_OFF


def open_one(known: Mapping[Key, Commitment], key: Key, number_open: int) -> Commitment | None:
    """The promise with this key, if it is one of so many that are open.

    What an end has made void and was never kept is older than all that is open after a reopening.
    """
    unkept = sorted(number for id, number in known if id == key[0] and known[id, number].kept_at is None)
    return known[key] if key[1] in unkept[len(unkept) - number_open :] else None


def refusal_of_change(kind: ActKind, known: Commitment | None, today: date) -> RefusalReason | None:
    """Why this promise cannot be kept or moved; a day that has passed was missed, and the promise can only be kept."""
    if known is None:
        return RefusalReason.NO_OPEN_PROMISE
    if kind == ActKind.POSTPONEMENT and known.moved_from is not None:
        return RefusalReason.PROMISE_MOVED
    return RefusalReason.PROMISE_MISSED if kind == ActKind.POSTPONEMENT and known.due_on < today else None


def commitment_after(
    kind: str, key: Key, known: Mapping[Key, Commitment], due_on: date | None, at: datetime
) -> Commitment | None:
    """The promise that an act has made, kept or moved; None for any other act."""
    if kind == ActKind.PROMISE and due_on:
        return Commitment(*key, made_at=at, due_on=due_on)
    before = known.get(key)
    if before and kind == ActKind.FULFILMENT:
        return replace(before, kept_at=at)
    if before and kind == ActKind.POSTPONEMENT and due_on:
        return replace(before, due_on=due_on, moved_from=before.due_on)
    return None
