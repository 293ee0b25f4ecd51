"""Recording: every event of a complaint becomes a row of its timeline and moves its standing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from services.intake.domain.standing import Standing, standing_after
from services.intake.models import tables
from shared.db.transaction import Tx
from shared.events import Event

TIMELINE, STANDINGS = tables.tables["timeline"], tables.tables["standings"]

# Who reported, who signed and what stands elsewhere on the row have no place in a public timeline's details.
KEPT_OUT = {"complaint_id", "sealed", "reporter_ref", "reference", "by"}
# The words of a narrative are routing's and the reporter's.
OWN_WORDS = "ComplaintFiled"
LOCKED = """
SELECT complaint_id, label, agency_name, transfers, missed, step
  FROM standings WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id FOR UPDATE
"""
MOVE = """
UPDATE standings SET label = moved.label, agency_name = moved.agency_name, transfers = moved.transfers,
       missed = moved.missed, step = moved.step
  FROM unnest(CAST(:ids AS uuid[]), CAST(:labels AS text[]), CAST(:names AS text[]),
              CAST(:transfers AS integer[]), CAST(:missed AS jsonb[]), CAST(:steps AS integer[]))
       AS moved (complaint_id, label, agency_name, transfers, missed, step)
 WHERE standings.complaint_id = moved.complaint_id
"""


# An event that was parked, or on its way while another service spoke, takes its place among those noted before it.
LATE = """
SELECT DISTINCT later.complaint_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[]), CAST(:events AS uuid[]))
       AS new (complaint_id, at, event_id)
  JOIN timeline AS later
    ON later.complaint_id = new.complaint_id AND (later.at, later.event_id) > (new.at, new.event_id)
"""
WHOLE = """
SELECT complaint_id, type, details FROM timeline WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY at, event_id
"""


async def record_events(tx: Tx[Any], events: Sequence[Event[Any]]) -> None:
    """Note events, at most one of each complaint, and move what they move; a known event changes nothing."""
    rows = [_entry(event) for event in events]
    noted = await tx.insert(TIMELINE, rows, skip_known=True, returning=TIMELINE.c.event_id)
    fresh = set(noted)
    news = {row["complaint_id"]: row for row in rows if row["event_id"] in fresh}
    standings = await _standings(tx, sorted(news))
    moved = {id: standing_after(standings[id], row["type"], row["details"]) for id, row in news.items()}
    moved |= await _told_again(tx, news)
    await _move(tx, {id: standing for id, standing in moved.items() if standing != standings[id]})


async def _told_again(tx: Tx[Any], news: Mapping[UUID, Mapping[str, Any]]) -> dict[UUID, Standing]:
    """The standings of those complaints whose news is older than what was known, from their whole timelines."""
    if not news:
        return {}
    rows = news.values()
    places = {"moments": [row["at"] for row in rows], "events": [row["event_id"] for row in rows]}
    late = (await tx.execute(LATE, {"ids": list(news), **places})).scalars().all()
    standings = dict.fromkeys(late, Standing())
    if late:
        for row in await tx.execute(WHOLE, {"ids": late}):
            standings[row.complaint_id] = standing_after(standings[row.complaint_id], row.type, row.details)
    return standings


def _entry(event: Event[Any]) -> dict[str, Any]:
    kind = type(event.fact).__name__
    return {
        "event_id": event.id,
        "complaint_id": event.fact.complaint_id,
        "at": event.time,
        "type": kind,
        "details": event.fact.model_dump(mode="json", exclude=KEPT_OUT),
        "sealed": None if kind == OWN_WORDS else getattr(event.fact, "sealed", None),
    }


async def _standings(tx: Tx[Any], ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """The standings of these complaints, locked in their order; those without one begin here."""
    await tx.insert(STANDINGS, [_row(id, Standing()) for id in ids], skip_known=True)
    rows = (await tx.execute(LOCKED, {"ids": ids})).all()
    return {
        row.complaint_id: Standing(row.label, row.agency_name, row.transfers, frozenset(row.missed), row.step)
        for row in rows
    }


def _row(complaint_id: UUID, standing: Standing) -> dict[str, Any]:
    return {
        "complaint_id": complaint_id,
        "label": standing.label,
        "agency_name": standing.agency_name,
        "transfers": standing.transfers,
        "missed": sorted(standing.missed),
        "step": standing.step,
    }


async def _move(tx: Tx[Any], moved: Mapping[UUID, Standing]) -> None:
    if not moved:
        return
    standings = list(moved.values())
    values = {
        "ids": list(moved),
        "labels": [standing.label for standing in standings],
        "names": [standing.agency_name for standing in standings],
        "transfers": [standing.transfers for standing in standings],
        "missed": [orjson.dumps(sorted(standing.missed)).decode() for standing in standings],
        "steps": [standing.step for standing in standings],
    }
    await tx.execute(MOVE, values)
