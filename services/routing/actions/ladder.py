"""What time has done to a case, as sla tells it: overdue, climbed, offered to the Ombudsman."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from services.routing.actions.cases import locked_cases, save_cases
from services.routing.domain import case as rules
from services.routing.domain.case import Case
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, DeadlineMissed, OmbudsmanOffered

F = TypeVar("F", DeadlineMissed, ComplaintEscalated, OmbudsmanOffered)


async def note_missed(tx: Tx[Any], facts: Sequence[DeadlineMissed]) -> None:
    await _note(tx, facts, lambda case, fact: rules.missed(case, fact.clock, fact.cycle))


async def note_escalated(tx: Tx[Any], facts: Sequence[ComplaintEscalated]) -> None:
    await _note(tx, facts, lambda case, fact: replace(case, ladder_step=max(case.ladder_step, fact.step)))


async def note_offered(tx: Tx[Any], facts: Sequence[OmbudsmanOffered]) -> None:
    await _note(tx, facts, lambda case, fact: replace(case, ombudsman_offered=True))


async def _note(tx: Tx[Any], facts: Sequence[F], change: Callable[[Case, F], Case]) -> None:
    """Change each case as its fact says; a complaint that has no case here is passed over."""
    before = await locked_cases(tx, {fact.complaint_id for fact in facts})
    now = dict(before)
    for fact in facts:
        if fact.complaint_id in now:
            now[fact.complaint_id] = change(now[fact.complaint_id], fact)
    await save_cases(tx, before, now)
