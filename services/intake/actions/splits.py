"""Splits: the parts of a complaint, which its reporter follows with the PIN of the whole."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Uuid, any_, bindparam, func, not_, or_, select

from services.intake.actions.entries import EntryView, entries_of, opened
from services.intake.actions.statuses import record_events
from services.intake.domain.statuses import Status
from services.intake.models import IS_SENSITIVE, Complaint, StatusRow
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import Event, PartOpened
from shared.vocabulary import STATE_LABELS

# What a part has of its whole because its reporter is the same.
OF_WHOLE = "channel", "region", "anonymous", "urgent", "reporter_ref"
IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
WHOLES = select(Complaint.id, *(getattr(Complaint, name) for name in OF_WHOLE)).where(Complaint.id == IDS)
PARTS = (
    select(
        Complaint.id,
        Complaint.part_of,
        Complaint.reference,
        Complaint.filed_at,
        Complaint.confidential,
        Complaint.sealed,
        StatusRow.state,
        StatusRow.agency_name,
        StatusRow.missed,
    )
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.part_of == IDS, or_(bindparam("all", type_=Boolean), not_(IS_SENSITIVE)))
    .order_by(func.length(Complaint.reference), Complaint.reference)
)
REFERENCES = (
    select(Complaint.id, Complaint.reference)
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.id == IDS, not_(IS_SENSITIVE))
)


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as the public may see it; its `title` is for the reporter alone. `status` is the label of the `state`."""

    tracking_reference: str
    title: str | None
    state: vocabulary.State
    status: str
    holder: str | None
    overdue: bool
    timeline: Sequence[EntryView]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a complaint as it is stored."""

    id: UUID
    part_of: UUID
    reference: str
    filed_at: datetime
    confidential: bool
    sealed: str
    state: vocabulary.State | None
    agency_name: str | None
    missed: Sequence[str] | None


async def note_parts(tx: Tx[State], events: Sequence[Event[PartOpened]]) -> None:
    """Keep these parts beside their wholes, and begin their timelines.

    Raises UnknownComplaint for a whole that is not known here: the event is then parked and not lost.
    """
    wholes = {row.id: row._mapping for row in await tx.execute(WHOLES, {"ids": [e.fact.part_of for e in events]})}
    if any(event.fact.part_of not in wholes for event in events):
        raise UnknownComplaint
    await tx.insert(Complaint, [_row(event.fact, wholes[event.fact.part_of]) for event in events], skip_known=True)
    await record_events(tx, events)


def _row(part: PartOpened, whole: Mapping[Any, Any]) -> Mapping[str, Any]:
    return {
        "id": part.complaint_id,
        "reference": part.reference,
        "filed_at": part.filed_at,
        "kind": part.kind,
        "agency": None,
        "confidential": part.confidential,
        "sealed": part.sealed,
        "part_of": part.part_of,
        **{name: whole[name] for name in OF_WHOLE},
    }


async def parts_of(
    tx: Tx[State], ids: Collection[UUID], of_reporter: bool = False
) -> Mapping[UUID, Sequence[PartView]]:
    """The parts of each of these complaints in order, with every word if they are shown to the reporter.

    Nobody else learns of one that is sensitive.
    """
    parts = await tx.records(Part, PARTS, {"ids": list(ids), "all": of_reporter}) if ids else []
    timelines = await entries_of(tx, parts, of_reporter) if parts else {}
    found: dict[UUID, list[PartView]] = defaultdict(list)
    for part in parts:
        found[part.part_of].append(_view(tx.state, part, timelines[part.id], of_reporter))
    return found


async def references_of(tx: Tx[State], wholes: Collection[UUID]) -> Mapping[UUID, str]:
    """The tracking references of these wholes of parts, of those that are not sensitive."""
    rows = await tx.execute(REFERENCES, {"ids": list(wholes)}) if wholes else ()
    return {row.id: row.reference for row in rows}


def _view(state: State, part: Part, timeline: Sequence[EntryView], of_reporter: bool) -> PartView:
    narrative = opened(state, part.sealed, part.id) or {} if of_reporter else {}
    now = part.state or Status().state
    return PartView(
        tracking_reference=part.reference,
        title=narrative.get("title"),
        state=now,
        status=STATE_LABELS.get(now, now),
        holder=part.agency_name,
        overdue=bool(part.missed),
        timeline=timeline,
    )
