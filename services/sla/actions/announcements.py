"""The events that tell of a step: what a step announces, in the words of the contract."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from services.sla.domain.announcements import Announcement
from services.sla.domain.clocks import Clock
from services.sla.domain.directory import Seat
from shared.events import (
    ComplaintEscalated,
    DeadlineMissed,
    DeadlineNear,
    Fact,
    LimitSet,
    OmbudsmanOffered,
    Recipient,
    SeatFoundVacant,
    WindowClosing,
    WindowLapsed,
)
from shared.vocabulary import EventType


def fact_of(announcement: Announcement) -> Fact:
    """The event that tells of an announcement."""
    return FACTS[announcement.event](announcement)


def _near(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return DeadlineNear(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        percent=announcement.step.percent,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=recipients_of(announcement.recipients.reached),
    )


def _missed(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return DeadlineMissed(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        agency=clock.agency,
        due_at=clock.due_at,
    )


def _escalated(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return ComplaintEscalated(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        step=announcement.step.escalation,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=recipients_of(announcement.recipients.reached),
        vacant=recipients_of(announcement.recipients.vacant),
        round=clock.round,
        passed=announcement.passed,
    )


def _offered(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return OmbudsmanOffered(complaint_id=clock.complaint_id, filed_at=clock.started_at, agency=clock.agency)


def _closing(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return WindowClosing(complaint_id=clock.complaint_id, window=clock.cycle, agency=clock.agency, due_at=clock.due_at)


def _lapsed(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return WindowLapsed(complaint_id=clock.complaint_id, window=clock.cycle, agency=clock.agency, due_at=clock.due_at)


def _found_vacant(announcement: Announcement) -> Fact:
    seat = cast(Seat, announcement.vacant_seat)
    return SeatFoundVacant(
        complaint_id=announcement.clock.complaint_id,
        agency=seat.agency,
        role=seat.role,
        step=announcement.step.escalation,
        reported_to=recipients_of(announcement.recipients.reached),
    )


FACTS: Mapping[EventType, Callable[[Announcement], Fact]] = {
    EventType.DEADLINE_NEAR: _near,
    EventType.DEADLINE_MISSED: _missed,
    EventType.COMPLAINT_ESCALATED: _escalated,
    EventType.OMBUDSMAN_OFFERED: _offered,
    EventType.SEAT_FOUND_VACANT: _found_vacant,
    EventType.WINDOW_CLOSING: _closing,
    EventType.WINDOW_LAPSED: _lapsed,
}


def limit_set(clock: Clock) -> LimitSet:
    """The event that tells of the limit of a clock."""
    return LimitSet(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        agency=clock.agency,
        due_at=clock.due_at,
    )


def marked_unverified(facts: Iterable[Fact]) -> Iterator[Fact]:
    """These facts about a complaint that its verifier holds; a climb and an offer say that it is not verified."""
    for fact in facts:
        says_so = isinstance(fact, ComplaintEscalated | OmbudsmanOffered)
        yield fact.model_copy(update={"unverified": True}) if says_so else fact


@lru_cache(maxsize=65_536)
def recipients_of(seats: tuple[Seat, ...]) -> tuple[Recipient, ...]:
    """These seats in the words of the contract, made once for all the clocks of an agency."""
    return tuple(Recipient(agency=seat.agency, role=seat.role) for seat in seats)
