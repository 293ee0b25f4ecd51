"""A draft of an answer has a clock of its own until it is published or goes back."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import AnswerDrafted, AnswerReturned, Event


async def note_draft(tx: Tx[State], events: Sequence[Event[AnswerDrafted]]) -> None:
    """A draft begins the clock of its approval."""

    def change(complaint: Complaint, _: Event[AnswerDrafted]) -> Complaint:
        return complaint

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[AnswerDrafted]) -> Changes:
        return lifecycle.drafted(tx.state.rules, complaint, event.fact.agency, event.fact.number, event.time)

    await note(tx, events, change, clock_change)


async def note_return(tx: Tx[State], events: Sequence[Event[AnswerReturned]]) -> None:
    """A return stops the clock of the draft."""

    def change(complaint: Complaint, event: Event[AnswerReturned]) -> Complaint:
        return complaints.draft_returned(complaint, event.time)

    await note(tx, events, change, no_change)
