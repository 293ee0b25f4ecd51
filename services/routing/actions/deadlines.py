"""What sla says about the limits of a case: missed, escalated, offered to the Ombudsman."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.routing.actions.cases import locked_cases, save_cases
from services.routing.domain.cases import Case
from services.routing.domain.deadlines import after_escalation, after_missed_limit, after_offer, after_withdrawal
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, DeadlineMissed, EscalationWithdrawn, Event, OmbudsmanOffered, facts

F = TypeVar("F", DeadlineMissed, ComplaintEscalated, OmbudsmanOffered, EscalationWithdrawn)


async def note_missed(tx: Tx[State], events: Sequence[Event[DeadlineMissed]]) -> None:
    """Mark the cases as overdue."""
    await _change_cases(tx, facts(events), lambda case, fact: after_missed_limit(case, fact.clock, fact.cycle))


async def note_escalated(tx: Tx[State], events: Sequence[Event[ComplaintEscalated]]) -> None:
    """Keep the highest step of the ladder that each case has reached."""
    await _change_cases(tx, facts(events), lambda case, fact: after_escalation(case, fact.step))


async def note_offered(tx: Tx[State], events: Sequence[Event[OmbudsmanOffered]]) -> None:
    """Mark the cases whose reporter may go to the Ombudsman."""
    await _change_cases(tx, facts(events), lambda case, fact: after_offer(case))


async def note_withdrawn(tx: Tx[State], events: Sequence[Event[EscalationWithdrawn]]) -> None:
    """Set back what the cases show of steps that are taken back."""
    await _change_cases(
        tx, facts(events), lambda case, fact: after_withdrawal(case, fact.clock, fact.reason, fact.standing)
    )


async def _change_cases(tx: Tx[State], facts: Sequence[F], change: Callable[[Case, F], Case]) -> None:
    """Change each case as its fact says; a complaint without a case here is skipped."""
    before = await locked_cases(tx, {fact.complaint_id for fact in facts})
    after = dict(before)
    for fact in facts:
        if fact.complaint_id in after:
            after[fact.complaint_id] = change(after[fact.complaint_id], fact)
    await save_cases(tx, before, after)
