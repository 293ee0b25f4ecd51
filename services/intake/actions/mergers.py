"""Mergers: the complaint whose answer another one will share, as the public may see it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from services.intake.models import IS_SENSITIVE, Complaint, StatusRow, TimelineEntry
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.vocabulary import STATE_LABELS, EventType

LAST_MERGER = (
    select(TimelineEntry.details["merged_into"].astext)
    .where(TimelineEntry.complaint_id == bindparam("id"), TimelineEntry.type == EventType.COMPLAINT_MERGED)
    .order_by(TimelineEntry.at.desc(), TimelineEntry.event_id.desc())
    .limit(1)
)
# Another one may have been confidential all along, or sensitive: nobody learns of it here.
MAIN = (
    select(Complaint.reference, StatusRow.state)
    .join(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.id == bindparam("id"), Complaint.confidential.is_(False), IS_SENSITIVE.is_(False))
)


@dataclass(frozen=True, slots=True)
class MainView:
    """A complaint into which another was merged; `status` is the label of the `state`."""

    tracking_reference: str
    state: vocabulary.State
    status: str


async def main_of(tx: Tx[State], id: UUID) -> MainView | None:
    """The complaint into which this one was merged last; None where the timeline does not tell."""
    try:
        main = UUID((await tx.execute(LAST_MERGER, {"id": id})).scalar())
    except (TypeError, ValueError):  # The details are JSON of an event, maybe of another release.
        return None
    row = (await tx.execute(MAIN, {"id": main})).one_or_none()
    return MainView(row.reference, row.state, STATE_LABELS.get(row.state, row.state)) if row else None
