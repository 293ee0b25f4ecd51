"""What is told of a complaint starts, moves and stops its clocks: each wave of events with a handful of statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.actions.clocks import Clock, classed, locked, moved, restarted, save, start, started, stopped
from services.sla.domain.steps import TRANSFERRED
from services.sla.state import State
from shared.db.transaction import Tx
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
SELECT id, filed_at, kind, {values}
  FROM unnest(CAST(:id AS uuid[]), CAST(:filed_at AS timestamptz[]), CAST(:kind AS text[]), {arrays})
       AS new (id, filed_at, kind, {names})
ON CONFLICT (id) DO UPDATE SET {changes}
RETURNING id, filed_at, kind, classification, transfers, verified_at, follow_ups, answered_at
"""
SQL_TYPES = {"confidential": "boolean", "classification": "text", "holder": "text", "transfers": "smallint"}
ONCE = frozenset({"verified_at", "answered_at"})
FOLLOW_UP = """
follow_ups = CASE WHEN complaints.follow_ups @> excluded.follow_ups THEN complaints.follow_ups
                  ELSE complaints.follow_ups || excluded.follow_ups END
"""
FILING = "filed_at = excluded.filed_at, kind = excluded.kind"
# A forwarding that was parked names who held the complaint then, not who holds it now.
FORWARDING = """
transfers = greatest(complaints.transfers, excluded.transfers),
holder = CASE WHEN complaints.transfers > excluded.transfers THEN complaints.holder ELSE excluded.holder END
"""


async def note_filing(tx: Tx[State], events: Sequence[Event[ComplaintFiled]]) -> None:
    """From its filing a complaint is known, and whether the public may see it."""
    rows = [_row(e, e.fact, confidential=e.fact.confidential) for e in events]
    known = await _note(tx, rows, f"{FILING}, confidential = excluded.confidential")
    await _complete(tx, known)


async def note_routing(tx: Tx[State], events: Sequence[Event[ComplaintRouted]]) -> None:
    """The verifier's clock and the ombudsman's run since the filing."""
    rows = [_row(e, e.fact, holder=e.fact.agency.code) for e in events]
    known = await _note(tx, rows, f"{FILING}, holder = coalesce(complaints.holder, excluded.holder)")
    held = await _complete(tx, known)
    new: list[Clock] = []
    for fact in (event.fact for event in events):
        complaint = known[fact.complaint_id]
        new.append(started(tx, complaint, "verification", fact.verifier, fact.filed_at))
        ombudsman = started(tx, complaint, "ombudsman", fact.agency, fact.filed_at)
        resolution = held.get(complaint.id)
        new.append(moved(tx, ombudsman, resolution.agency, resolution.zone) if resolution else ombudsman)
    await start(tx, new)


async def _complete(tx: Tx[State], known: Mapping[UUID, Any]) -> Mapping[UUID, Clock]:
    """Where a forwarding was quicker than these events: the resolution it began, by the class that is known now."""
    late = [complaint.id for complaint in known.values() if complaint.transfers is not None]
    clocks = [clock for found in (await locked(tx, late)).values() for clock in found] if late else []
    begun = {clock.complaint_id: clock for clock in clocks if clock.name == "resolution"}
    await save(tx, [classed(tx, known[id], clock) for id, clock in begun.items()])
    return begun


async def note_verification(tx: Tx[State], events: Sequence[Event[ComplaintVerified]]) -> None:
    """Stops the verifier's clock; a class that comes late is that of a resolution which has begun."""
    rows = [_row(e, classification=e.fact.classification, verified_at=e.time) for e in events]
    known = await _note(tx, rows, _changes("classification", "verified_at"))
    await _stop(tx, events, "verification")
    await _complete(tx, known)


async def note_forwarding(tx: Tx[State], events: Sequence[Event[ComplaintForwarded]]) -> None:
    """Each begins a cycle of the follow-up; the resolution runs since the first, whoever holds the complaint."""
    rows = [_row(e, holder=e.fact.agency.code, transfers=e.fact.transfers) for e in events]
    known = await _note(tx, rows, FORWARDING)
    before = await locked(tx, list(known))
    new: list[Clock] = []
    changed: list[Clock] = []
    for event in events:
        complaint, clocks = known[event.fact.complaint_id], before.get(event.fact.complaint_id, ())
        new += _begun(tx, complaint, event, clocks)
        changed += _changed(tx, complaint, event, clocks)
    await save(tx, changed)
    await start(tx, new)


def _begun(tx: Tx[State], complaint: Any, event: Event[ComplaintForwarded], clocks: Sequence[Clock]) -> Iterable[Clock]:
    """The holder's own clock, which ends where a later turn that is known has begun, and the first holder's limit."""
    agency, turn = event.fact.agency, event.fact.transfers + 1
    own = started(tx, complaint, "follow_up", agency, event.time, turn)
    ends = [clock.started_at for clock in _turns(clocks) if clock.cycle > turn]
    yield stopped(tx, own, min(ends), TRANSFERRED) if ends and _runs_at(own, min(ends)) else own
    if not any(clock.name == "resolution" for clock in clocks):
        yield started(tx, complaint, "resolution", agency, event.time)


def _changed(
    tx: Tx[State], complaint: Any, event: Event[ComplaintForwarded], clocks: Sequence[Clock]
) -> Iterable[Clock]:
    agency, turn, at = event.fact.agency, event.fact.transfers + 1, event.time
    last = all(clock.cycle <= turn for clock in _turns(clocks))
    for clock in clocks:
        if clock.name == "follow_up" and clock.cycle < turn and _runs_at(clock, at):
            yield stopped(tx, clock, at, TRANSFERRED)
        elif clock.name == "resolution" and at < clock.started_at and not last:
            yield restarted(tx, complaint, clock, at)
        elif clock.name in ("resolution", "ombudsman") and last and _runs_at(clock, at):
            yield moved(tx, clock, agency.code, agency.zone)


def _turns(clocks: Iterable[Clock]) -> list[Clock]:
    return [clock for clock in clocks if clock.name == "follow_up"]


async def note_follow_up(tx: Tx[State], events: Sequence[Event[FollowUpRecorded]]) -> None:
    await _note(tx, [_row(e, follow_ups=e.time) for e in events], FOLLOW_UP)
    await _stop(tx, events, "follow_up")


async def note_answer(tx: Tx[State], events: Sequence[Event[ComplaintAnswered]]) -> None:
    await _note(tx, [_row(e, answered_at=e.time) for e in events], _changes("answered_at"))
    await _stop(tx, events, "follow_up", "resolution", "ombudsman")


async def _stop(tx: Tx[State], events: Sequence[Event[Any]], *names: str) -> None:
    times = {event.fact.complaint_id: event.time for event in events}
    running = [clock for clocks in (await locked(tx, list(times))).values() for clock in clocks]
    wanted = [clock for clock in running if clock.name in names and _runs_at(clock, times[clock.complaint_id])]
    await save(tx, [stopped(tx, clock, times[clock.complaint_id]) for clock in wanted])


def _runs_at(clock: Clock, at: datetime) -> bool:
    """Whether a clock runs at this moment as far as is known; what was parked may tell of an earlier end.

    Nobody had its turn before the first: an act that seems to be earlier was done by the clock of another machine.
    """
    return (clock.started_at <= at or clock.cycle == 1) and (clock.stopped_at is None or at < clock.stopped_at)


async def _note(tx: Tx[State], rows: Sequence[Mapping[str, Any]], changes: str) -> Mapping[UUID, Any]:
    """Insert or complete the complaints, locking them in the order of their ids; gives them by id."""
    names = list(rows[0])[3:]
    arrays = ", ".join(f"CAST(:{name} AS {SQL_TYPES.get(name, 'timestamptz')}[])" for name in names)
    ordered = sorted(rows, key=lambda row: row["id"])
    values = ", ".join(f"ARRAY[{name}]" if name == "follow_ups" else name for name in names)
    statement = NOTE.format(names=", ".join(names), values=values, arrays=arrays, changes=changes)
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
