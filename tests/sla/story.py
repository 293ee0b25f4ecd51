"""A small directory and the life of a complaint, told to sla as the other services would."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.sla.domain.policies import POLICIES
from shared import inbox
from shared.bus import Message
from shared.clock import ManualClock
from shared.events import (
    AgencyPublished,
    AgencyRef,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    DeadlineMissed,
    DeadlineNear,
    Fact,
    FollowUpRecorded,
    OmbudsmanOffered,
    SeatCard,
    encode,
    event_of,
)
from shared.service import RunningService
from tests.services import staged

FILED = datetime(2025, 9, 1, 2, tzinfo=UTC)  # Monday 09:00 in Jakarta; Friday the 5th is a holiday
ROADS, CITY, PROVINCE, NATIONAL = "35.78.DPUPR", "35.78", "35", "NAS"
HEALTH, EAST = "35.78.DINKES", "91.71.DINKES"
FRONT = ("coordinator", "leader")
UNIT = ("liaison", "leader")
TREE: dict[str, tuple[str | None, str, str, Sequence[str]]] = {
    NATIONAL: (None, "national", "WIB", FRONT),
    PROVINCE: (NATIONAL, "province", "WIB", FRONT),
    CITY: (PROVINCE, "city", "WIB", FRONT),
    ROADS: (CITY, "unit", "WIB", UNIT),
    HEALTH: (CITY, "unit", "WIB", UNIT),
    "91": (NATIONAL, "province", "WIT", FRONT),
    "91.71": ("91", "city", "WIT", FRONT),
    EAST: ("91.71", "unit", "WIT", UNIT),
    "K1": (NATIONAL, "ministry", "WIB", FRONT),
}


def ref(code: str, zone: str | None = None) -> AgencyRef:
    tier = TREE[code][1] if code in TREE else "unit"
    return AgencyRef.model_validate(
        {"code": code, "name": f"Instansi {code}", "tier": tier, "zone": zone or TREE.get(code, (0, 0, "WIB"))[2]}
    )


def published(code: str, *vacant: str, **changes: Any) -> AgencyPublished:
    parent, tier, zone, roles = TREE[code]
    seats = [
        SeatCard.model_validate({"role": r, "title": r, "email": None if r in vacant else "a@b.example"}) for r in roles
    ]
    region = ".".join(part for part in code.split(".") if part.isdigit()) or None
    card = {"code": code, "name": f"Instansi {code}", "tier": tier, "parent": parent, "region": region, "zone": zone}
    return AgencyPublished.model_validate({**card, "seats": seats, **changes})


async def hear(service: RunningService, *facts: Fact, at: datetime = FILED) -> None:
    """sla receives these facts in one batch, as said at one moment."""
    await receive(service, ((fact, at) for fact in facts))


async def receive(service: RunningService, facts: Iterable[tuple[Fact, datetime]]) -> None:
    """sla receives these facts in one batch, each as said at its own moment; none is parked."""
    events = [event_of(fact, at) for fact, at in facts]
    await inbox.receive(service, [Message(e.fact.topic, e.fact.key, encode(e)) for e in events])
    async with service.begin() as tx:
        parked = (await tx.execute("SELECT error FROM parked")).all()
    assert not parked, parked


async def publish(service: RunningService, *vacant: tuple[str, str]) -> None:
    """The whole directory, with these (agency, role) seats vacant."""
    await hear(service, *(published(code, *(role for agency, role in vacant if agency == code)) for code in TREE))


def filed(complaint: UUID, at: datetime = FILED, **changes: Any) -> ComplaintFiled:
    values = {"complaint_id": complaint, "reference": "TGP", "filed_at": at, "kind": "complaint", "channel": "web"}
    return ComplaintFiled.model_validate({**values, "sealed": "", **changes})


def routed(
    complaint: UUID, agency: str = ROADS, verifier: str = CITY, at: datetime = FILED, kind: str = "complaint"
) -> ComplaintRouted:
    values = {"complaint_id": complaint, "agency": ref(agency), "verifier": ref(verifier), "filed_at": at, "kind": kind}
    return ComplaintRouted.model_validate({**values, "rule": "r", "explanation": "e"})


def verified(complaint: UUID, classification: str = "complaint") -> ComplaintVerified:
    return ComplaintVerified.model_validate({"complaint_id": complaint, "by": "x", "classification": classification})


def forwarded(complaint: UUID, agency: str = ROADS, transfers: int = 0, zone: str | None = None) -> ComplaintForwarded:
    return ComplaintForwarded(complaint_id=complaint, agency=ref(agency, zone), by="x", transfers=transfers)


def followed_up(complaint: UUID, agency: str = ROADS) -> FollowUpRecorded:
    return FollowUpRecorded(complaint_id=complaint, agency=agency, sealed="")


def answered(complaint: UUID, agency: str = ROADS) -> ComplaintAnswered:
    return ComplaintAnswered(complaint_id=complaint, agency=agency, sealed="")


async def forwarded_complaint(service: RunningService, complaint: UUID | None = None, at: datetime = FILED) -> UUID:
    """A complaint that was filed, routed, verified and forwarded at one moment, and then ignored."""
    complaint = complaint or uuid4()
    facts = filed(complaint, at), routed(complaint, at=at), verified(complaint), forwarded(complaint)
    await hear(service, *facts, at=at)
    return complaint


async def settle(service: RunningService, clock: ManualClock | None = None, to: datetime | None = None) -> int:
    """Move the clock and sweep until nothing is due; how many steps were taken."""
    from services.sla import actions

    if clock is not None and to is not None:
        clock.advance_to(to)
    total = 0
    while done := await actions.sweep_once(service):
        total += done
    return total


async def drain(service: RunningService) -> list[Fact]:
    """What has been staged since the last time, oldest first."""
    found = list(await staged(service))
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")
    return found


async def clocks(service: RunningService) -> list[Any]:
    async with service.begin() as tx:
        return list(await tx.execute("SELECT * FROM clocks ORDER BY complaint_id, started_at, name, cycle"))


def said(fact: Fact) -> str:
    """A fact in one line: what, of which clock, to whom."""
    match fact:
        case DeadlineNear():
            return f"{fact.clock} {fact.percent}% → {_seats(fact.recipients)}"
        case DeadlineMissed():
            return f"{fact.clock} missed"
        case ComplaintEscalated():
            return f"{fact.clock} step {fact.step} → {_seats(fact.recipients)}"
        case OmbudsmanOffered():
            return "ombudsman"
    return type(fact).__name__


def _seats(recipients: Sequence[Any]) -> str:
    return ", ".join(f"{seat.agency} {seat.role}" for seat in recipients)


def utc(text: str) -> datetime:
    """`09-04 17:00` of 2025."""
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


INSTANT = timedelta(microseconds=1)
LONGER = tuple(replace(limit, days=limit.days * 2) for limit in POLICIES[0].limits)
SECOND = replace(POLICIES[0], version=2, effective_on=date(2025, 9, 3), limits=LONGER)
