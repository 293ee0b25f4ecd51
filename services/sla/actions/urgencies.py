"""Danger to life has a clock of hours, round the clock, until somebody has acted."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import Event, UrgencyDeclared, UrgencyLifted


async def note_urgency(tx: Tx[State], events: Sequence[Event[UrgencyDeclared]]) -> None:
    """An alarm begins its clock."""

    def change(complaint: Complaint, _: Event[UrgencyDeclared]) -> Complaint:
        return complaint

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[UrgencyDeclared]) -> Changes:
        fact = event.fact
        return lifecycle.declared_urgent(tx.state.rules, complaint, fact.agency, fact.number, fact.since)

    await note(tx, events, change, clock_change)


async def note_all_clear(tx: Tx[State], events: Sequence[Event[UrgencyLifted]]) -> None:
    """Without danger the clock stops."""

    def change(complaint: Complaint, event: Event[UrgencyLifted]) -> Complaint:
        return complaints.all_clear(complaint, event.time)

    await note(tx, events, change, no_change)
