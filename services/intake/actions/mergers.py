"""Mergers: the complaint whose answer another one will share, as the public may see it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.intake.models import IS_SENSITIVE, Complaint, StatusRow, TimelineEntry
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.vocabulary import STATE_LABELS, EventType

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
LAST_MERGERS = (
    select(TimelineEntry.complaint_id, TimelineEntry.details["merged_into"].astext.label("merged_into"))
    .where(TimelineEntry.complaint_id == IDS, TimelineEntry.type == EventType.COMPLAINT_MERGED)
    .order_by(TimelineEntry.complaint_id, TimelineEntry.at.desc(), TimelineEntry.event_id.desc())
    .ext(distinct_on(TimelineEntry.complaint_id))
)
# Another one may have been confidential all along, or sensitive: nobody learns of it here.
MAINS = (
    select(Complaint.id, Complaint.reference, StatusRow.state)
    .join(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.id == IDS, Complaint.confidential.is_(False), IS_SENSITIVE.is_(False))
)


@dataclass(frozen=True, slots=True)
class MainView:
    """A complaint into which another was merged; `status` is the label of the `state`."""

    tracking_reference: str
    state: vocabulary.State
    status: str


async def mains_of(tx: Tx[State], ids: Collection[UUID]) -> Mapping[UUID, MainView]:
    """The complaints into which these were merged last, of those whose timelines tell it."""
    if not ids:
        return {}
    rows = await tx.execute(LAST_MERGERS, {"ids": list(ids)})
    merged = {row.complaint_id: id for row in rows if (id := _id_in(row.merged_into))}
    found = {row.id: _view(row) for row in await tx.execute(MAINS, {"ids": list(set(merged.values()))})}
    return {id: found[main] for id, main in merged.items() if main in found}


def _id_in(merged_into: Any) -> UUID | None:
    try:
        return UUID(merged_into)
    except (TypeError, ValueError):  # The details are JSON of an event, maybe of another release.
        return None


def _view(row: Any) -> MainView:
    return MainView(row.reference, row.state, STATE_LABELS.get(row.state, row.state))
