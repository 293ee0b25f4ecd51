"""A sensitive complaint is in no public list or figure; its clocks run and climb as all others do."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints
from services.sla.domain.complaints import Complaint
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import Event, SensitivityDeclared, SensitivityLifted


async def note_sensitivity(tx: Tx[State], events: Sequence[Event[SensitivityDeclared]]) -> None:
    """From now on nobody reads of it here; the board is made anew."""

    def change(complaint: Complaint, event: Event[SensitivityDeclared]) -> Complaint:
        return complaints.sensitive(complaint, True, event.fact.since)

    await note(tx, events, change, no_change)
    tx.state.board = None


async def note_lifting(tx: Tx[State], events: Sequence[Event[SensitivityLifted]]) -> None:
    """It is in the lists again."""

    def change(complaint: Complaint, event: Event[SensitivityLifted]) -> Complaint:
        return complaints.sensitive(complaint, False, event.time)

    await note(tx, events, change, no_change)
