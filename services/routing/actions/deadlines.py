"""What sla says about the limits of a case: missed, escalated, offered to the Ombudsman."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.routing.actions.cases import locked_cases, save_cases
from services.routing.actions.holds import end_holds
from services.routing.domain.cases import Case
from services.routing.domain.deadlines import after_escalation, after_missed_limit, after_offer, after_withdrawal
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import ComplaintEscalated, DeadlineMissed, EscalationWithdrawn, Event, OmbudsmanOffered
from shared.vocabulary import HOLD, MERGER

F = TypeVar("F", DeadlineMissed, ComplaintEscalated, OmbudsmanOffered, EscalationWithdrawn)


async def note_missed(tx: Tx[State], events: Sequence[Event[DeadlineMissed]]) -> None:
    """Mark the cases as overdue; a hold or a merger that has reached its limit ends."""
    await end_holds(tx, [event for event in events if event.fact.clock in (HOLD, MERGER)])
    late = [event for event in events if event.fact.clock not in (HOLD, MERGER)]
    await _change_cases(tx, late, lambda case, fact, _: after_missed_limit(case, fact.clock, fact.cycle))


async def note_escalated(tx: Tx[State], events: Sequence[Event[ComplaintEscalated]]) -> None:
    """Keep the highest step of the ladder that each case has reached."""
    await _change_cases(tx, events, lambda case, fact, at: after_escalation(case, fact.step, at))


async def note_offered(tx: Tx[State], events: Sequence[Event[OmbudsmanOffered]]) -> None:
    """Mark the cases whose reporter may go to the Ombudsman."""
    await _change_cases(tx, events, lambda case, fact, _: after_offer(case))


async def note_withdrawn(tx: Tx[State], events: Sequence[Event[EscalationWithdrawn]]) -> None:
    """Set back what the cases show of steps that are taken back."""
    await _change_cases(
        tx, events, lambda case, fact, at: after_withdrawal(case, fact.clock, fact.reason, fact.standing, at)
    )


async def _change_cases(tx: Tx[State], events: Sequence[Event[F]], change: Callable[[Case, F, datetime], Case]) -> None:
    """Change each case as its event says.

    Raises UnknownComplaint while a filing is parked here: the event is then parked behind it and not lost.
    """
    before = await locked_cases(tx, {event.fact.complaint_id for event in events}) if events else {}
    after = dict(before)
    for event in events:
        if (id := event.fact.complaint_id) not in after:
            raise UnknownComplaint
        after[id] = change(after[id], event.fact, event.time)
    await save_cases(tx, before, after)
