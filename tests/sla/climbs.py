"""Climbs of one complaint that nobody handles, and what became of their notices."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from services.sla.actions.notices import pass_over_once
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, Fact, Notice, NoticesSettled
from shared.service import RunningService
from tests.make import hear_promises, utc
from tests.sla.cases import announced, sweep

CLIMBED = utc("09-09 17:00")
# Whoever was not reached by then is passed over.
NEXT_DAY = utc("09-11 17:00")


def settled(fact: ComplaintEscalated, outcome: str, seat: int = 0) -> NoticesSettled:
    """What became of the notice of a climb to one of its seats."""
    to = fact.recipients[seat]
    notice = Notice(
        complaint_id=fact.complaint_id,
        cause="ComplaintEscalated",
        cause_id=uuid4(),
        clock=fact.clock,
        cycle=fact.cycle,
        step=fact.step,
        round=fact.round,
    )
    return NoticesSettled(agency=to.agency, role=to.role, outcome=outcome, notices=(notice,))  # type: ignore[arg-type]


async def climbed(service: RunningService, clock: ManualClock, to: Any = CLIMBED) -> ComplaintEscalated:
    """The newest climb of the follow-up."""
    await sweep(service, clock, to)
    facts = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    return [fact for fact in facts if fact.clock == "follow_up"][-1]


def climbs(facts: list[Fact]) -> list[ComplaintEscalated]:
    return [fact for fact in facts if isinstance(fact, ComplaintEscalated)]


async def pass_over(service: RunningService, clock: ManualClock, to: datetime) -> int:
    """Move the clock, hear that notify has said all up to it, and pass over until nobody is left; how many climbs."""
    clock.advance_to(to)
    await hear_promises(service)
    total = 0
    while done := await pass_over_once(service):
        total += done
    return total
