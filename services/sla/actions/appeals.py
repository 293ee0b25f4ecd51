"""Events of appeals: the agency above has a limit for its decision, after which the end stands or a cycle begins."""

from collections.abc import Sequence

from services.sla.actions.complaints import note
from services.sla.actions.windows import opening_of
from services.sla.domain import appeals, complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import AppealDecided, ComplaintAppealed, Event


async def note_appeal(tx: Tx[State], events: Sequence[Event[ComplaintAppealed]]) -> None:
    """The complaint is open again, and the agency above has to decide."""

    def change(complaint: Complaint, event: Event[ComplaintAppealed]) -> Complaint:
        return appeals.appealed(complaint, event.time)

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ComplaintAppealed]) -> Changes:
        return lifecycle.appealed(tx.state.rules, complaint, event.fact.agency, event.fact.number, event.time)

    await note(tx, events, change, clock_change)


async def note_decision(tx: Tx[State], events: Sequence[Event[AppealDecided]]) -> None:
    """Dismissed, the end stands; upheld, the complaint is reopened by the agency above."""

    def change(complaint: Complaint, event: Event[AppealDecided]) -> Complaint:
        if not event.fact.upheld:
            return appeals.dismissed(complaint, event.time)
        return complaints.reopened(complaint, event.time, event.fact.agency.code, opening_of(event.fact).transfers)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[AppealDecided]) -> Changes:
        if not event.fact.upheld:
            return Changes()
        return lifecycle.reopened(tx.state.rules, complaint, clocks, opening_of(event.fact), event.time)

    await note(tx, events, change, clock_change)
