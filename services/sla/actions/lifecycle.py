"""What is told of a complaint starts, moves and stops its clocks: each wave of events with a handful of statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.actions.clocks import Clock, locked, moved, save, start, started, stopped
from services.sla.domain.steps import TRANSFERRED
from shared.db import Tx
from shared.events import (
    ComplaintAnswered,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    Event,
    FollowUpRecorded,
)

# An event may come before one that was parked: the complaint is then noted with what is known, and completed later.
NOTE = """
INSERT INTO complaints (id, filed_at, kind, {names})
SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:filed_at AS timestamptz[]), CAST(:kind AS text[]), {arrays})
ON CONFLICT (id) DO UPDATE SET {changes}
RETURNING id, filed_at, kind, classification, holder, verified_at, followed_up_at, answered_at
"""
SQL_TYPES = {"confidential": "boolean", "classification": "text", "holder": "text"}
ONCE = frozenset({"verified_at", "answered_at"})
FILING = "filed_at = excluded.filed_at, kind = excluded.kind"


async def note_filing(tx: Tx, events: Sequence[Event[ComplaintFiled]]) -> None:
    """From its filing a complaint is known, and whether the public may see it."""
    rows = [_row(e, e.fact, confidential=e.fact.confidential) for e in events]
    await _note(tx, rows, f"{FILING}, confidential = excluded.confidential")


async def note_routing(tx: Tx, events: Sequence[Event[ComplaintRouted]]) -> None:
    """The verifier's clock and the ombudsman's run since the filing."""
    rows = [_row(e, e.fact, holder=e.fact.agency.code) for e in events]
    known = await _note(tx, rows, f"{FILING}, holder = coalesce(complaints.holder, excluded.holder)")
    new: list[Clock] = []
    for fact in (event.fact for event in events):
        complaint = known[fact.complaint_id]
        new.append(started(tx, complaint, "verification", fact.verifier, fact.filed_at))
        new.append(started(tx, complaint, "ombudsman", fact.agency, fact.filed_at))
    await start(tx, new)


async def note_verification(tx: Tx, events: Sequence[Event[ComplaintVerified]]) -> None:
    rows = [_row(e, classification=e.fact.classification, verified_at=e.time) for e in events]
    await _note(tx, rows, _changes("classification", "verified_at"))
    await _stop(tx, events, "verification")


async def note_forwarding(tx: Tx, events: Sequence[Event[ComplaintForwarded]]) -> None:
    """A new cycle of the follow-up; the resolution runs since the first forwarding, whoever holds the complaint."""
    known = await _note(tx, [_row(e, holder=e.fact.agency.code) for e in events], _changes("holder"))
    before = await locked(tx, [event.fact.complaint_id for event in events])
    new: list[Clock] = []
    changed: list[Clock] = []
    for event in events:
        complaint, agency = known[event.fact.complaint_id], event.fact.agency
        clocks = before.get(complaint.id, ())
        cycle = 1 + max((clock.cycle for clock in clocks if clock.name == "follow_up"), default=0)
        new.append(started(tx, complaint, "follow_up", agency, event.time, cycle))
        if not any(clock.name == "resolution" for clock in clocks):
            new.append(started(tx, complaint, "resolution", agency, event.time))
        running = [clock for clock in clocks if clock.stopped_at is None]
        changed += [stopped(tx, clock, event.time, TRANSFERRED) for clock in running if clock.name == "follow_up"]
        changed += [moved(tx, clock, agency) for clock in running if clock.name in ("resolution", "ombudsman")]
    await save(tx, changed)
    await start(tx, new)


async def note_follow_up(tx: Tx, events: Sequence[Event[FollowUpRecorded]]) -> None:
    await _note(tx, [_row(e, followed_up_at=e.time) for e in events], _changes("followed_up_at"))
    await _stop(tx, events, "follow_up")


async def note_answer(tx: Tx, events: Sequence[Event[ComplaintAnswered]]) -> None:
    await _note(tx, [_row(e, answered_at=e.time) for e in events], _changes("answered_at"))
    await _stop(tx, events, "follow_up", "resolution", "ombudsman")


async def _stop(tx: Tx, events: Sequence[Event[Any]], *names: str) -> None:
    times = {event.fact.complaint_id: event.time for event in events}
    running = [clock for clocks in (await locked(tx, list(times))).values() for clock in clocks]
    wanted = [clock for clock in running if clock.name in names and _stops(clock, times[clock.complaint_id])]
    await save(tx, [stopped(tx, clock, times[clock.complaint_id]) for clock in wanted])


def _stops(clock: Clock, at: datetime) -> bool:
    """Whether an act of this moment stops the clock; an event that was parked may be the earlier of two that do."""
    if clock.stopped_at is None:
        return True
    return clock.outcome != TRANSFERRED and clock.started_at <= at < clock.stopped_at


async def _note(tx: Tx, rows: Sequence[Mapping[str, Any]], changes: str) -> Mapping[UUID, Any]:
    """Insert or complete the complaints, locking them in the order of their ids; gives them by id."""
    names = list(rows[0])[3:]
    arrays = ", ".join(f"CAST(:{name} AS {SQL_TYPES.get(name, 'timestamptz')}[])" for name in names)
    ordered = sorted(rows, key=lambda row: row["id"])
    statement = NOTE.format(names=", ".join(names), arrays=arrays, changes=changes)
    found = await tx.execute(statement, {name: [row[name] for row in ordered] for name in rows[0]})
    return {row.id: row for row in found}


def _row(event: Event[Any], filing: ComplaintFiled | ComplaintRouted | None = None, **more: Any) -> dict[str, Any]:
    filed_at, kind = (filing.filed_at, filing.kind) if filing else (event.time, "complaint")
    return {"id": event.fact.complaint_id, "filed_at": filed_at, "kind": kind, **more}


def _changes(*names: str) -> str:
    """What an event says replaces what was known, but a thing that happens once keeps its moment."""
    new = {
        name: f"coalesce(complaints.{name}, excluded.{name})" if name in ONCE else f"excluded.{name}" for name in names
    }
    return ", ".join(f"{name} = {value}" for name, value in new.items())
