"""Statuses: every event of a complaint becomes an entry of its timeline and changes its status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, column, func, literal_column, select

from services.intake.domain.statuses import Status, status_after
from services.intake.models import StatusRow, TimelineEntry
from services.intake.state import State
from shared.db.transaction import Tx
from shared.events import Event, LimitSet
from shared.vocabulary import HOLD, RESOLUTION, EventType

# Who reported, who signed and what other columns hold have no place in a public timeline's details.
KEPT_OUT = {"complaint_id", "sealed", "reporter_ref", "reference", "by", "again"}
# What a reporter wrote is for routing and for the reporter alone.
REPORTERS_WORDS = frozenset({EventType.COMPLAINT_FILED, EventType.PART_OPENED, EventType.REPORTER_ACTED})
# What has been so since a moment that the event names.
DECLARED = frozenset({EventType.URGENCY_DECLARED, EventType.SENSITIVITY_DECLARED})
TOLD_LIMITS = frozenset({HOLD, RESOLUTION})
IDS = bindparam("ids", type_=ARRAY(Uuid))

LOCKED_STATUSES = (
    select(
        StatusRow.complaint_id,
        StatusRow.state,
        StatusRow.agency_name,
        StatusRow.transfers,
        StatusRow.missed,
        StatusRow.step,
        StatusRow.holds,
        StatusRow.held_from,
        StatusRow.cycle,
        StatusRow.stage,
        StatusRow.reopen_until,
        StatusRow.sensitive,
        StatusRow.appeals,
        StatusRow.follow_ups,
        StatusRow.contestable,
        StatusRow.contest_open,
        StatusRow.offered,
    )
    .where(StatusRow.complaint_id == any_(IDS))
    .order_by(StatusRow.complaint_id)
    .with_for_update()
)
GIVEN = func.unnest(IDS).table_valued(column("id", Uuid)).render_derived(name="given")
# The latest entry of each complaint, found by one look into the index.
LATEST_ENTRIES = select(
    select(TimelineEntry.event_id)
    .where(TimelineEntry.complaint_id == GIVEN.c.id)
    .order_by(TimelineEntry.at.desc(), TimelineEntry.event_id.desc())
    .limit(literal_column("1"))
    .correlate(GIVEN)
    .scalar_subquery()
).select_from(GIVEN)
WHOLE_TIMELINES = (
    select(TimelineEntry.complaint_id, TimelineEntry.type, TimelineEntry.details)
    .where(TimelineEntry.complaint_id == any_(IDS))
    .order_by(TimelineEntry.at, TimelineEntry.event_id)
)

KNOWN_ENTRIES = select(TimelineEntry.complaint_id, TimelineEntry.type, TimelineEntry.at, TimelineEntry.details).where(
    TimelineEntry.complaint_id == any_(IDS)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a timeline before it is stored; `sealed` holds an official's words."""

    event_id: UUID
    complaint_id: UUID
    at: datetime
    type: str
    details: Mapping[str, Any]
    sealed: str | None


Statuses = dict[UUID, Status]


async def record_events(tx: Tx[State], events: Sequence[Event[Any]]) -> None:
    """Add events, at most one per complaint, to their timelines and update the statuses.

    An event that a timeline has already changes nothing.
    """
    again = [event for event in events if getattr(event.fact, "again", False)]
    if again:
        await restate(tx, again)
    new = await _add_to_timelines(tx, [_entry(event) for event in events if event not in again])
    if not new:
        return
    before = await _locked_statuses(tx, sorted(entry.complaint_id for entry in new))
    after = {e.complaint_id: status_after(before[e.complaint_id], e.type, e.details) for e in new}
    after |= await _recomputed(tx, new)
    changed = [_row(id, status) for id, status in after.items() if status != before[id]]
    await tx.update(StatusRow, changed, key="complaint_id")


async def record_limits(tx: Tx[State], events: Sequence[Event[LimitSet]]) -> None:
    """A timeline tells until when its reporter must answer, and of a resolution that was extended.

    Of other limits it tells only once they are near or missed.
    """
    await record_events(tx, [event for event in events if event.fact.clock in TOLD_LIMITS])


async def restate(tx: Tx[State], events: Sequence[Event[Any]]) -> None:
    """What is said again becomes an entry only where the timeline has lost it; the status is made anew in any case."""
    entries = {entry.complaint_id: entry for entry in map(_entry, events)}
    before = await _locked_statuses(tx, sorted(entries))
    known = {_identity_of(row) for row in await tx.execute(KNOWN_ENTRIES, {"ids": list(entries)})}
    lost = [entry for entry in entries.values() if _identity_of(entry) not in known]
    await _add_to_timelines(tx, lost)
    after = await _from_timelines(tx, list(entries))
    changed = [_row(id, status) for id, status in after.items() if status != before[id]]
    await tx.update(StatusRow, changed, key="complaint_id")


def _identity_of(entry: Any) -> tuple[Any, ...]:
    """What tells an entry from others: filed and routed a complaint is once, and the moment of a routing is lost."""
    if entry.type in (EventType.COMPLAINT_FILED, EventType.COMPLAINT_ROUTED):
        return entry.complaint_id, entry.type
    agency = entry.details.get("agency")
    # That of a filing is said again as of the filing, whenever it was first said.
    at = entry.details["since"] if entry.type in DECLARED else entry.at
    return entry.complaint_id, entry.type, at, agency["code"] if isinstance(agency, Mapping) else agency


def _entry(event: Event[Any]) -> Entry:
    fact = event.fact
    type = fact.__class__.__name__
    sealed = None if type in REPORTERS_WORDS else getattr(fact, "sealed", None)
    details = fact.model_dump(mode="json", exclude=KEPT_OUT)
    return Entry(event.id, fact.complaint_id, event.time, type, details, sealed)


async def _add_to_timelines(tx: Tx[State], entries: Sequence[Entry]) -> list[Entry]:
    """Insert these entries; gives those that were not there."""
    rows = [{name: getattr(entry, name) for name in Entry.__slots__} for entry in entries]
    added = set(await tx.insert(TimelineEntry, rows, skip_known=True, returning=TimelineEntry.event_id))
    return [entry for entry in entries if entry.event_id in added]


async def _locked_statuses(tx: Tx[State], ids: Sequence[UUID]) -> Statuses:
    """The statuses of these complaints, locked in the order of the ids; a complaint without one gets its first."""
    await tx.insert(StatusRow, [_row(id, Status()) for id in ids], skip_known=True)
    rows = await tx.execute(LOCKED_STATUSES, {"ids": ids})
    return {
        id: Status(state, agency_name, transfers, frozenset(missed), step, *others)
        for id, state, agency_name, transfers, missed, step, *others in rows
    }


async def _recomputed(tx: Tx[State], new: Sequence[Entry]) -> Statuses:
    """The statuses of the complaints whose new entry is not their latest, from their whole timelines.

    An event that was parked, or that another service published late, takes its place among the entries by its time.
    """
    latest = set((await tx.execute(LATEST_ENTRIES, {"ids": [entry.complaint_id for entry in new]})).scalars())
    return await _from_timelines(tx, [entry.complaint_id for entry in new if entry.event_id not in latest])


async def _from_timelines(tx: Tx[State], ids: Sequence[UUID]) -> Statuses:
    """The statuses of these complaints, from their whole timelines."""
    statuses = {id: Status() for id in ids}
    if statuses:
        for complaint_id, type, details in await tx.execute(WHOLE_TIMELINES, {"ids": list(statuses)}):
            statuses[complaint_id] = status_after(statuses[complaint_id], type, details)
    return statuses


def _row(complaint_id: UUID, status: Status) -> dict[str, Any]:
    return {
        "complaint_id": complaint_id,
        "state": status.state,
        "agency_name": status.agency_name,
        "transfers": status.transfers,
        "missed": sorted(status.missed),
        "step": status.step,
        "holds": status.holds,
        "held_from": status.held_from,
        "cycle": status.cycle,
        "stage": status.stage,
        "reopen_until": status.reopen_until,
        "sensitive": status.sensitive,
        "appeals": status.appeals,
        "follow_ups": status.follow_ups,
        "contestable": status.contestable,
        "contest_open": status.contest_open,
        "offered": status.offered,
    }
