"""Complaints, remembered for the messages about them."""

from collections.abc import Sequence

from services.notify.actions.sensitivities import remember
from services.notify.models.complaints import Complaint
from services.notify.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled, Event


async def note_filing(tx: Tx[State], events: Sequence[Event[ComplaintFiled]]) -> None:
    """Remember these complaints; known ones stay as they are."""
    rows = [
        {
            "id": event.fact.complaint_id,
            "reference": event.fact.reference,
            "reporter_ref": event.fact.reporter_ref,
            "anonymous": event.fact.anonymous,
            "confidential": event.fact.confidential,
            "filed_at": event.fact.filed_at,
        }
        for event in events
    ]
    await tx.insert(Complaint, rows, skip_known=True)
    chosen = [event.fact for event in events if event.fact.sensitive]
    await remember(tx, [(fact.complaint_id, True, fact.filed_at) for fact in chosen])
