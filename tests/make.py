"""The one maker of agencies, complaints, acts and events for all services' tests, and how a service hears them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shared import inbox
from shared.bus import Message
from shared.clock import TICK, ManualClock
from shared.events import (
    COMPLAINTS,
    ActRefused,
    AgencyPublished,
    AgencyRef,
    AnswerDrafted,
    AnswerEndorsed,
    AnswerReturned,
    AppealDecided,
    ComplaintAnswered,
    ComplaintAppealed,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintCorrected,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintMerged,
    ComplaintReassigned,
    ComplaintReferred,
    ComplaintReopened,
    ComplaintResumed,
    ComplaintRouted,
    ComplaintSeparated,
    ComplaintSplit,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    ContestJudged,
    ContributionGiven,
    ContributionRequested,
    DeadlineMissed,
    DeadlineNear,
    EscalationWithdrawn,
    Event,
    Fact,
    FollowUpContested,
    FollowUpRecorded,
    InterimReplied,
    LimitSet,
    ObstacleReported,
    OmbudsmanOffered,
    OrderAcknowledged,
    OrderGiven,
    PartOpened,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    Recipient,
    ReferralHandedOver,
    ReporterActed,
    ReporterContacted,
    ReporterReplied,
    SeatFoundVacant,
    SensitivityDeclared,
    SensitivityLifted,
    UrgencyDeclared,
    UrgencyLifted,
    WindowClosing,
    WindowLapsed,
    encode,
    event_of,
)
from shared.events.progress import ProgressPromised
from shared.service import RunningService
from tests.services import MONDAY

NATIONAL, PROVINCE, CITY = "NAS", "35", "35.78"
ROADS, TRANSPORT, HEALTH = "35.78.DPUPR", "35.78.DISHUB", "35.78.DINKES"
EAST_PROVINCE, EAST_CITY, EAST = "91", "91.71", "91.71.DINKES"
WIB, WIT = "Asia/Jakarta", "Asia/Jayapura"
FRONT, UNIT = ("coordinator", "leader"), ("liaison", "leader")
# A small country: code → parent, tier, zone, roles of its seats.
TREE: dict[str, tuple[str | None, str, str, Sequence[str]]] = {
    NATIONAL: (None, "national", WIB, FRONT),
    PROVINCE: (NATIONAL, "province", WIB, FRONT),
    CITY: (PROVINCE, "city", WIB, FRONT),
    ROADS: (CITY, "unit", WIB, UNIT),
    TRANSPORT: (CITY, "unit", WIB, UNIT),
    HEALTH: (CITY, "unit", WIB, UNIT),
    EAST_PROVINCE: (NATIONAL, "province", WIT, FRONT),
    EAST_CITY: (EAST_PROVINCE, "city", WIT, FRONT),
    EAST: (EAST_CITY, "unit", WIT, UNIT),
    "K1": (NATIONAL, "ministry", WIB, FRONT),
}
NOWHERE = (None, "unit", WIB, UNIT)


def ref(code: str = ROADS, **changes: Any) -> AgencyRef:
    """An agency as events name it; one that is not in the tree is a unit in WIB."""
    _, tier, zone, _ = TREE.get(code, NOWHERE)
    return AgencyRef.model_validate({"code": code, "name": f"Instansi {code}", "tier": tier, "zone": zone, **changes})


def published(code: str = ROADS, *vacant: str, **changes: Any) -> AgencyPublished:
    """An agency with the seats of its tier, those of the roles in `vacant` without an address."""
    parent, _, _, roles = TREE.get(code, NOWHERE)
    seats = [
        {"role": role, "title": f"{role} {code}", "email": None if role in vacant else f"{role}@{code}.example"}
        for role in roles
    ]
    region = ".".join(part for part in code.split(".") if part.isdigit()) or None
    card = {**ref(code).model_dump(), "parent": parent, "region": region, "seats": seats}
    return AgencyPublished.model_validate({**card, **changes})


def filed(complaint: UUID | None = None, at: datetime = MONDAY, **changes: Any) -> ComplaintFiled:
    """A complaint as intake tells of it; `sealed` opens only where the test seals it."""
    id = complaint or uuid4()
    values = {"complaint_id": id, "reference": f"TG-{id.hex[-10:].upper()}", "filed_at": at, "kind": "complaint"}
    return ComplaintFiled.model_validate({**values, "channel": "web", "sealed": "", **changes})


def routed(
    complaint: UUID, agency: str = ROADS, verifier: str = CITY, at: datetime = MONDAY, **changes: Any
) -> ComplaintRouted:
    values = {"complaint_id": complaint, "agency": ref(agency), "verifier": ref(verifier), "filed_at": at}
    return ComplaintRouted.model_validate({**values, "kind": "complaint", "rule": "r", "explanation": "e", **changes})


def reassigned(
    complaint: UUID, agency: str = ROADS, verifier: str = CITY, at: datetime = MONDAY, **changes: Any
) -> ComplaintReassigned:
    values = {"complaint_id": complaint, "agency": ref(agency), "verifier": ref(verifier), "filed_at": at}
    return ComplaintReassigned.model_validate({**values, "kind": "complaint", "previous": "GONE", **changes})


def verified(complaint: UUID, classification: str = "complaint", **changes: Any) -> ComplaintVerified:
    values = {"complaint_id": complaint, "by": CITY, "classification": classification}
    return ComplaintVerified.model_validate({**values, **changes})


def forwarded(complaint: UUID, agency: str = ROADS, transfers: int = 0, **changes: Any) -> ComplaintForwarded:
    values = {"complaint_id": complaint, "agency": ref(agency), "by": CITY, "transfers": transfers}
    return ComplaintForwarded.model_validate({**values, **changes})


def followed_up(complaint: UUID, agency: str = ROADS, sealed: str = "", **changes: Any) -> FollowUpRecorded:
    values = {"complaint_id": complaint, "agency": agency, "sealed": sealed}
    return FollowUpRecorded.model_validate({**values, **changes})


def answered(complaint: UUID, agency: str = ROADS, sealed: str = "", window: int = 1) -> ComplaintAnswered:
    return ComplaintAnswered(complaint_id=complaint, agency=agency, sealed=sealed, window=window, zone=ref(agency).zone)


def closed(complaint: UUID, agency: str = ROADS, **changes: Any) -> ComplaintClosed:
    return ComplaintClosed.model_validate({"complaint_id": complaint, "agency": agency, **changes})


def reopened(complaint: UUID, agency: str = ROADS, **changes: Any) -> ComplaintReopened:
    """A dispute of the first answer, unless the changes say more."""
    values = {"complaint_id": complaint, "agency": ref(agency), "state": "IN_PROGRESS", "cycle": 2, "asked_at": MONDAY}
    return ComplaintReopened.model_validate({**values, **changes})


def appealed(complaint: UUID, agency: str = CITY, holder: str = ROADS, **changes: Any) -> ComplaintAppealed:
    values = {"complaint_id": complaint, "agency": ref(agency), "holder": holder, "number": 1, "asked_at": MONDAY}
    return ComplaintAppealed.model_validate({**values, "deciders": [seat(agency, "coordinator")], **changes})


def decided(complaint: UUID, agency: str = ROADS, **changes: Any) -> AppealDecided:
    """A dismissal, unless the changes say more."""
    values = {"complaint_id": complaint, "agency": ref(agency), "by": CITY, "upheld": False, "state": "CLOSED"}
    return AppealDecided.model_validate({**values, "sealed": "", **changes})


def upheld(complaint: UUID, agency: str = ROADS, **changes: Any) -> AppealDecided:
    values = {"upheld": True, "state": "AWAITING_FOLLOW_UP", "cycle": 2, "transfers": 1}
    return decided(complaint, agency, **{**values, **changes})


def contested(complaint: UUID, agency: str = CITY, holder: str = ROADS, **changes: Any) -> FollowUpContested:
    values = {"complaint_id": complaint, "agency": ref(agency), "holder": holder, "number": 1, "followed_up_at": MONDAY}
    return FollowUpContested.model_validate({**values, "judges": [seat(agency, "coordinator")], **changes})


def judged(complaint: UUID, agency: str = ROADS, **changes: Any) -> ContestJudged:
    """An upheld contest of the only follow-up, unless the changes say more."""
    values = {"complaint_id": complaint, "agency": agency, "by": CITY, "number": 1, "upheld": True, "awaits": True}
    return ContestJudged.model_validate({**values, "followed_up_at": MONDAY, "sealed": "", **changes})


def contact_requested(complaint: UUID, agency: str = ROADS, window: int = 1) -> ContactRequested:
    return ContactRequested(complaint_id=complaint, agency=agency, window=window, zone=ref(agency).zone)


def contacted(complaint: UUID, agency: str = ROADS, window: int = 2) -> ReporterContacted:
    return ReporterContacted(complaint_id=complaint, agency=agency, by=agency, window=window, zone=ref(agency).zone)


def replied(complaint: UUID, agency: str = ROADS, window: int = 0, **changes: Any) -> ReporterReplied:
    values = {"complaint_id": complaint, "agency": agency, "window": window, "sealed": "", **changes}
    return ReporterReplied.model_validate(values)


def lapsed(complaint: UUID, window: int = 1, agency: str = ROADS) -> WindowLapsed:
    return WindowLapsed(complaint_id=complaint, window=window, agency=agency, due_at=MONDAY)


def closing(complaint: UUID, window: int = 1, agency: str = ROADS) -> WindowClosing:
    return WindowClosing(complaint_id=complaint, window=window, agency=agency, due_at=MONDAY)


def archived(complaint: UUID, agency: str = ROADS, sealed: str = "", **changes: Any) -> ComplaintArchived:
    values = {"complaint_id": complaint, "agency": agency, "by": CITY, "reason": "unclear", "sealed": sealed}
    return ComplaintArchived.model_validate({**values, **changes})


def taken_back(complaint: UUID, agency: str = ROADS, verifier: str | None = None) -> ComplaintWithdrawn:
    return ComplaintWithdrawn(complaint_id=complaint, agency=agency, verifier=verifier)


def held(
    complaint: UUID, cycle: int = 1, state: str = "AWAITING_FOLLOW_UP", agency: str = ROADS, **changes: Any
) -> ComplaintHeld:
    values = {"complaint_id": complaint, "agency": ref(agency), "by": agency, "cycle": cycle, "state": state}
    return ComplaintHeld.model_validate({**values, "sealed": "", **changes})


def completed(
    complaint: UUID, cycle: int = 1, state: str = "AWAITING_FOLLOW_UP", agency: str = ROADS, **changes: Any
) -> ComplaintCompleted:
    values = {"complaint_id": complaint, "agency": agency, "cycle": cycle, "state": state, "sealed": ""}
    return ComplaintCompleted.model_validate({**values, **changes})


def merged(
    complaint: UUID, cycle: int = 1, state: str = "AWAITING_FOLLOW_UP", agency: str = ROADS, **changes: Any
) -> ComplaintMerged:
    values = {"complaint_id": complaint, "agency": ref(agency), "by": CITY, "cycle": cycle, "state": state}
    return ComplaintMerged.model_validate({**values, "merged_into": UUID(int=1), **changes})


def separated(
    complaint: UUID, cycle: int = 1, state: str = "AWAITING_FOLLOW_UP", agency: str = ROADS, **changes: Any
) -> ComplaintSeparated:
    values = {"complaint_id": complaint, "agency": agency, "by": CITY, "cycle": cycle, "state": state}
    return ComplaintSeparated.model_validate({**values, **changes})


def split(complaint: UUID, agency: str = ROADS, **changes: Any) -> ComplaintSplit:
    values = {"complaint_id": complaint, "agency": ref(agency), "by": CITY, "parts": 2}
    return ComplaintSplit.model_validate({**values, **changes})


def part_opened(complaint: UUID, whole: UUID, agency: str = ROADS, at: datetime = MONDAY, **changes: Any) -> PartOpened:
    """A part of a complaint filed at this moment, whose handling began then."""
    values = {"complaint_id": complaint, "part_of": whole, "agency": ref(agency), "verifier": CITY, "by": CITY}
    values |= {"reference": f"TG-{whole.hex[-10:].upper()}-1", "filed_at": at, "resolution_since": at, "sealed": ""}
    values |= {"kind": "complaint", "classification": "complaint", "confidential": False}
    return PartOpened.model_validate({**values, **changes})


def asked_to_contribute(complaint: UUID, agency: str = TRANSPORT, **changes: Any) -> ContributionRequested:
    """The roads' agency asks another to contribute within a week."""
    return ContributionRequested.model_validate(_of_request(complaint, agency) | changes)


def contributed(complaint: UUID, agency: str = TRANSPORT, **changes: Any) -> ContributionGiven:
    return ContributionGiven.model_validate(_of_request(complaint, agency) | changes)


def _of_request(complaint: UUID, agency: str) -> dict[str, Any]:
    values = {"complaint_id": complaint, "agency": ref(agency), "holder": ROADS, "number": 1}
    return {**values, "asked_at": MONDAY, "due_on": "2025-07-14"}


def resumed(
    complaint: UUID, cycle: int = 1, state: str = "AWAITING_FOLLOW_UP", agency: str = ROADS, **changes: Any
) -> ComplaintResumed:
    values = {"complaint_id": complaint, "agency": agency, "by": agency, "cycle": cycle, "state": state}
    return ComplaintResumed.model_validate({**values, "verifier": CITY, **changes})


def reporter_acted(complaint: UUID, **changes: Any) -> ReporterActed:
    return ReporterActed.model_validate({"complaint_id": complaint, "act": "withdrawal", **changes})


def refused(complaint: UUID, agency: str = ROADS, **changes: Any) -> ActRefused:
    values = {"complaint_id": complaint, "agency": agency, "act": "withdrawal", "reason": "answered"}
    return ActRefused.model_validate({**values, **changes})


def declared_urgent(complaint: UUID, agency: str = ROADS, number: int = 2, **changes: Any) -> UrgencyDeclared:
    values = {"complaint_id": complaint, "agency": ref(agency), "number": number, "reason": "official"}
    duty = [{"agency": agency, "role": "leader"}]
    return UrgencyDeclared.model_validate({**values, "since": MONDAY, "duty": duty, **changes})


def all_clear(complaint: UUID, agency: str = ROADS, number: int = 2, **changes: Any) -> UrgencyLifted:
    values = {"complaint_id": complaint, "agency": agency, "by": CITY, "number": number, "sealed": ""}
    return UrgencyLifted.model_validate({**values, **changes})


def declared_sensitive(complaint: UUID, agency: str = ROADS, **changes: Any) -> SensitivityDeclared:
    values = {"complaint_id": complaint, "agency": ref(agency), "reason": "official_says", "since": MONDAY}
    return SensitivityDeclared.model_validate({**values, "seats": (seat(agency),), **changes})


def disclosed(complaint: UUID, agency: str = ROADS) -> SensitivityLifted:
    return SensitivityLifted(complaint_id=complaint, agency=agency, by=agency, sealed="")


def referred(complaint: UUID, agency: str = ROADS, **changes: Any) -> ComplaintReferred:
    values = {"complaint_id": complaint, "agency": ref(agency), "number": 1, "referrers": (seat(CITY, "coordinator"),)}
    return ComplaintReferred.model_validate({**values, **changes})


def handed_over(complaint: UUID, agency: str = ROADS, number: int = 1, sealed: str = "") -> ReferralHandedOver:
    return ReferralHandedOver(complaint_id=complaint, agency=ref(agency), number=number, by=CITY, sealed=sealed)


def interim_replied(
    complaint: UUID, agency: str = ROADS, due_on: str = "2025-09-26", sealed: str = ""
) -> InterimReplied:
    values = {"complaint_id": complaint, "agency": ref(agency), "due_on": due_on, "sealed": sealed}
    return InterimReplied.model_validate(values)


def obstructed(complaint: UUID, agency: str = ROADS, sealed: str = "") -> ObstacleReported:
    return ObstacleReported(complaint_id=complaint, agency=agency, sealed=sealed)


def ordered(complaint: UUID, agency: str = ROADS, by: str = CITY, number: int = 1) -> OrderGiven:
    return OrderGiven(complaint_id=complaint, agency=agency, by=by, number=number, zone=ref(agency).zone)


def endorsed(complaint: UUID, agency: str = ROADS, by: str = CITY) -> AnswerEndorsed:
    return AnswerEndorsed(complaint_id=complaint, agency=agency, by=by)


def acknowledged(complaint: UUID, agency: str = ROADS, by: str = CITY, number: int = 1) -> OrderAcknowledged:
    leaders = (seat(by, "leader"),)
    return OrderAcknowledged(complaint_id=complaint, agency=agency, number=number, leaders=leaders)


def corrected(complaint: UUID, agency: str = ROADS, **changes: Any) -> ComplaintCorrected:
    values = {"complaint_id": complaint, "agency": agency, "by": CITY}
    return ComplaintCorrected.model_validate({**values, **changes})


def drafted(complaint: UUID, agency: str = ROADS, number: int = 1, role: str = "leader") -> AnswerDrafted:
    approvers = (seat(agency, role),)
    return AnswerDrafted(complaint_id=complaint, agency=ref(agency), number=number, approvers=approvers)


def draft_returned(complaint: UUID, agency: str = ROADS, number: int = 1, **changes: Any) -> AnswerReturned:
    values = {"complaint_id": complaint, "agency": agency, "number": number, "authors": (seat(agency, "liaison"),)}
    return AnswerReturned.model_validate({**values, "reason": "rejected", **changes})


def promised(complaint: UUID, agency: str = ROADS, number: int = 1, due_on: str = "2025-09-15") -> PromiseMade:
    values = {"complaint_id": complaint, "agency": ref(agency), "number": number, "due_on": due_on, "sealed": ""}
    return PromiseMade.model_validate(values)


def promise_kept(complaint: UUID, made_at: datetime, agency: str = ROADS, **changes: Any) -> PromiseKept:
    values = {**promised(complaint, agency).model_dump(), "made_at": made_at}
    return PromiseKept.model_validate({**values, **changes})


def promise_moved(complaint: UUID, made_at: datetime, agency: str = ROADS, **changes: Any) -> PromiseMoved:
    values = {**promised(complaint, agency).model_dump(), "made_at": made_at, "previous": "2025-09-15"}
    return PromiseMoved.model_validate({**values, "due_on": "2025-09-22", **changes})


def follow_up_text(about: object = "") -> str:
    """A follow-up with substance; `about` tells it from those on other complaints."""
    return f"Petugas kami memeriksa lokasi pagi ini dan memasang penutup sementara. {about}".strip()


def answer_text(about: object = "") -> str:
    """An answer with substance; `about` tells it from those on other complaints."""
    return f"Kerusakan diperbaiki regu pemeliharaan kemarin dan hasilnya diperiksa pengawas. {about}".strip()


def seat(agency: str = ROADS, role: str = "leader") -> Recipient:
    return Recipient.model_validate({"agency": agency, "role": role})


def near(complaint: UUID, *recipients: Recipient, **changes: Any) -> DeadlineNear:
    return DeadlineNear.model_validate({**_late(complaint), "percent": 50, "recipients": recipients, **changes})


def missed(complaint: UUID, clock: str = "follow_up", cycle: int = 1, **changes: Any) -> DeadlineMissed:
    return DeadlineMissed.model_validate({**_late(complaint), "clock": clock, "cycle": cycle, **changes})


def escalated(complaint: UUID, step: int = 1, *recipients: Recipient, **changes: Any) -> ComplaintEscalated:
    return ComplaintEscalated.model_validate({**_late(complaint), "step": step, "recipients": recipients, **changes})


def limit_set(complaint: UUID, agency: str = CITY, clock: str = "verification", **changes: Any) -> LimitSet:
    values = {"complaint_id": complaint, "clock": clock, "cycle": 1, "agency": agency, "due_at": MONDAY}
    return LimitSet.model_validate({**values, **changes})


def found_vacant(complaint: UUID, *reported_to: Recipient, **changes: Any) -> SeatFoundVacant:
    values = {"complaint_id": complaint, "agency": ROADS, "role": "leader", "step": 1, "reported_to": reported_to}
    return SeatFoundVacant.model_validate({**values, **changes})


def offered(complaint: UUID, agency: str = ROADS, at: datetime = MONDAY) -> OmbudsmanOffered:
    return OmbudsmanOffered(complaint_id=complaint, filed_at=at, agency=agency)


def withdrawn(complaint: UUID, *steps: int, **changes: Any) -> EscalationWithdrawn:
    values = {"complaint_id": complaint, "clock": "follow_up", "cycle": 1, "agency": ROADS, "steps": steps}
    values |= {"reason": "acted", "since": MONDAY, "standing": 0}
    return EscalationWithdrawn.model_validate({**values, **changes})


def promise(publisher: str, up_to: datetime, partition: int = 0, partitions: int = 1) -> Message:
    """A publisher's promise as one partition carries it."""
    promised = ProgressPromised(publisher, up_to, partitions)
    return Message(COMPLAINTS, promised.key, promised.encode(), partition)


async def hear_promises(service: RunningService[Any], up_to: datetime | None = None) -> None:
    """All that this service waits for is promised up to just before this moment, or its own."""
    at = (up_to or service.now()) - TICK
    await inbox.receive(service, [promise(name, at) for name in sorted(service.definition.awaits)])


async def hear(service: RunningService[Any], *facts: Fact, at: datetime | None = None) -> list[Event[Any]]:
    """The service receives these facts in one batch, as said at one moment; the events, to deliver them again."""
    return await receive(service, [(fact, at or service.now()) for fact in facts])


async def receive(service: RunningService[Any], facts: Iterable[tuple[Fact, datetime]]) -> list[Event[Any]]:
    """The service receives these facts in one batch, each as said at its own moment."""
    events = [event_of(fact, at) for fact, at in facts]
    await redeliver(service, events)
    return events


async def redeliver(service: RunningService[Any], events: Sequence[Event[Any]]) -> None:
    """The service receives these events, at the latest of their moments if that is later than its own."""
    messages, clock = [message_of(event) for event in events], service.clock
    latest = max((event.time for event in events), default=clock.now())
    if latest <= clock.now():
        return await inbox.receive(service, messages)
    service.clock = ManualClock(latest)
    try:
        await inbox.receive(service, messages)
    finally:
        service.clock = clock


def message_of(event: Event[Any]) -> Message:
    """An event as the bus carries it."""
    return Message(event.fact.topic, event.subject, encode(event))


async def parked(service: RunningService[Any]) -> list[str]:
    """The errors of the events that are parked."""
    async with service.begin() as tx:
        return [row.error for row in await tx.execute("SELECT error FROM parked ORDER BY seq")]


def utc(text: str) -> datetime:
    """`09-04 17:00` of 2025."""
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def wib(text: str) -> datetime:
    """`2025-02-03 10:00` in Jakarta."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Jakarta"))


def _late(complaint: UUID) -> dict[str, Any]:
    return {"complaint_id": complaint, "clock": "follow_up", "cycle": 1, "agency": ROADS, "due_at": MONDAY}
