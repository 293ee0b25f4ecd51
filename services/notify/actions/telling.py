"""Writes the messages of facts into the ledger, before anything is sent: its unique key is the send key."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table

from services.notify.domain.hearing import agency_of, details_of, notices_of
from services.notify.models import Outgoing
from services.notify.state import State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.events import Event

EMAIL = "email"
REAL = RealClock()
KNOWN = "SELECT id, reference, reporter_ref FROM complaints WHERE id = ANY(CAST(:ids AS uuid[]))"

Known = Mapping[UUID, Row[Any]]


async def write_messages(tx: Tx[State], events: Sequence[Event[Any]]) -> None:
    """One row for each recipient of each fact; those already there stay as they are."""
    ids = [event.fact.complaint_id for event in events]
    known = {row.id: row for row in await tx.execute(KNOWN, {"ids": ids})}
    assert isinstance(Outgoing.__table__, Table)
    await tx.insert(Outgoing.__table__, [row for event in events for row in _rows(tx, event, known)], skip_known=True)
    tx.wake("send")


def _rows(tx: Tx[State], event: Event[Any], known: Known) -> Iterator[dict[str, Any]]:
    fact = event.fact.model_dump()
    complaint = known.get(event.fact.complaint_id)
    details, about, due = details_of(fact, event.time), agency_of(fact), REAL.now()
    for notice in notices_of(type(event.fact).__name__, fact):
        yield {
            "event_id": event.id,
            "recipient": notice.recipient,
            "channel": EMAIL,
            "kind": notice.kind,
            "agency": notice.agency,
            "role": notice.role,
            "reporter_ref": complaint.reporter_ref if complaint and notice.kind == "reporter" else None,
            "complaint_id": event.fact.complaint_id,
            "reference": complaint.reference if complaint else None,
            "about": about,
            "template": notice.template,
            "details": details,
            "next_try_at": due,
            "created_at": tx.now,
        }
