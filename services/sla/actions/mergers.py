"""Events of mergers: a complaint waits for the answer to another, or goes on by itself."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintMerged, ComplaintSeparated, Event


async def note_merger(tx: Tx[State], events: Sequence[Event[ComplaintMerged]]) -> None:
    """While it waits, the clock of the merger runs and the limits of the handling pause."""

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ComplaintMerged]) -> Changes:
        return lifecycle.merged(tx.state.rules, complaint, event.fact.agency, event.fact.cycle, event.time)

    await note(tx, events, lambda complaint, _: complaint, clock_change)


async def note_separation(tx: Tx[State], events: Sequence[Event[ComplaintSeparated]]) -> None:
    """After a merger the limits of the handling go on with the time that they had left."""
    await note(tx, events, lambda complaint, event: complaints.separated(complaint, event.time), no_change)
