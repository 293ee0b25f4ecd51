"""A correction of class or kind reckons the limits anew that depend on it."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import corrections
from services.sla.domain.complaints import Complaint
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintCorrected, Event


async def note_correction(tx: Tx[State], events: Sequence[Event[ComplaintCorrected]]) -> None:
    """Other corrections change no limit."""

    def change(complaint: Complaint, event: Event[ComplaintCorrected]) -> Complaint:
        return corrections.corrected(complaint, event.time, event.fact.kind, event.fact.classification)

    about_limits = [event for event in events if event.fact.kind or event.fact.classification]
    if about_limits:
        await note(tx, about_limits, change, no_change)
