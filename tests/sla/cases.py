"""Complaints of September 2025 for the tests of sla: how it hears of them, what it keeps, sweeps and announces."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.sla.actions import steps
from services.sla.domain.rules import Rules
from services.sla.state import State, calendars
from shared.clock import ManualClock
from shared.events import (
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    DeadlineMissed,
    DeadlineNear,
    Fact,
    LimitSet,
    OmbudsmanOffered,
    Recipient,
)
from shared.service import RunningService
from tests import make
from tests.make import CITY, ROADS, TREE, forwarded, published, ref, utc, verified
from tests.policies import POLICIES
from tests.services import staged

FILED = datetime(2025, 9, 1, 2, tzinfo=UTC)  # Monday 09:00 in Jakarta; Friday the 5th is a holiday
DUE = utc("09-09 17:00")  # five working days later
COMPLAINT = UUID(int=7)
INSTANT = timedelta(microseconds=1)
LONGER = tuple(replace(limit, days=limit.days * 2) for limit in POLICIES[0].limits)
SECOND = replace(POLICIES[0], version=2, effective_on=date(2025, 9, 3), limits=LONGER)
RULES = Rules(POLICIES, calendars(None))


def filed(complaint: UUID, at: datetime = FILED, **changes: Any) -> ComplaintFiled:
    return make.filed(complaint, at, **changes)


def routed(
    complaint: UUID, agency: str = ROADS, verifier: str = CITY, at: datetime = FILED, **changes: Any
) -> ComplaintRouted:
    return make.routed(complaint, agency, verifier, at, **changes)


def forwarded_in_zone(complaint: UUID, zone: str) -> ComplaintForwarded:
    """A forwarding to an agency that is published in this zone."""
    return forwarded(complaint).model_copy(update={"agency": ref(ROADS, zone=zone)})


def ignored(complaint: UUID, at: datetime = FILED) -> list[Fact]:
    """The events of a complaint that reached its holder and was then ignored."""
    return [filed(complaint, at), routed(complaint, at=at), verified(complaint), forwarded(complaint)]


async def hear(service: RunningService[State], *facts: Fact, at: datetime = FILED) -> None:
    """sla receives these facts in one batch, as said at one moment; none is parked."""
    await receive(service, [(fact, at) for fact in facts])


async def receive(service: RunningService[State], facts: Iterable[tuple[Fact, datetime]]) -> None:
    """sla receives these facts in one batch, each as said at its own moment; none is parked."""
    await make.receive(service, facts)
    errors = await make.parked(service)
    assert not errors, errors


async def publish(service: RunningService[State], *vacant: tuple[str, str]) -> None:
    """The whole directory, with these (agency, role) seats vacant."""
    await hear(service, *(published(code, *(role for agency, role in vacant if agency == code)) for code in TREE))


async def ignored_complaint(
    service: RunningService[State], complaint: UUID | None = None, at: datetime = FILED
) -> UUID:
    """A complaint that reached its holder at this moment and was then ignored."""
    complaint = complaint or uuid4()
    await hear(service, *ignored(complaint, at), at=at)
    return complaint


async def sweep(service: RunningService[State], clock: ManualClock | None = None, to: datetime | None = None) -> int:
    """Move the clock, hear that the others have said all up to it, and sweep until nothing is due; how many steps."""
    if clock is not None and to is not None:
        clock.advance_to(to)
    await make.hear_promises(service)
    total = 0
    while done := await steps.sweep_once(service):
        total += done
    return total


async def announced(service: RunningService[State]) -> list[Fact]:
    """The facts staged since the last time but the limits set, oldest first; they are taken away."""
    found = [fact for fact in await staged(service) if not isinstance(fact, LimitSet)]
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")
    return found


async def clock_rows(service: RunningService[State]) -> list[Any]:
    """All rows of the clocks' table, oldest first."""
    async with service.begin() as tx:
        return list(await tx.execute("SELECT * FROM clocks ORDER BY complaint_id, started_at, name, cycle"))


async def clocks_by_name(service: RunningService[State]) -> dict[tuple[str, int], Any]:
    """The rows of one complaint's clocks by name and cycle."""
    return {(row.name, row.cycle): row for row in await clock_rows(service)}


def summary(fact: Fact) -> str:
    """A fact in one line: the clock, the event, the recipients."""
    match fact:
        case DeadlineNear():
            return f"{fact.clock} {fact.percent}% → {_seats(fact.recipients)}"
        case DeadlineMissed():
            return f"{fact.clock} missed"
        case ComplaintEscalated():
            again = f" round {fact.round}" if fact.round else ""
            return f"{fact.clock} step {fact.step}{again} → {_seats(fact.recipients)}"
        case OmbudsmanOffered():
            return "ombudsman"
    return type(fact).__name__


def _seats(recipients: Sequence[Recipient]) -> str:
    return ", ".join(f"{seat.agency} {seat.role}" for seat in recipients)
