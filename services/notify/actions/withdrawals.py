"""Withdrawals: recipients of a reminder or climb that is taken back get a message; one that was not sent is skipped."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.actions.messages import Announced, announced, known_complaints, row_of, write_messages
from services.notify.domain.deliveries import FAILED, OVERTAKEN, SKIPPED
from services.notify.domain.details import agency_of, details_of
from services.notify.domain.recipients import REPORTER, NewMessage, RecipientKind, messages_about
from services.notify.domain.withdrawals import ANNOUNCED, Withdrawn, named, was_handed_over
from services.notify.models.messages import Message
from services.notify.models.withdrawals import Withdrawal
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.events import EscalationWithdrawn, Event
from shared.vocabulary import EventType, MessageState

IDS = bindparam("ids", type_=ARRAY(Uuid))


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message that announced a reminder, a climb or an offer."""

    id: int
    complaint_id: UUID
    template: str
    about: str
    details: Mapping[str, Any]
    kind: RecipientKind
    agency: str | None
    role: str | None
    state: MessageState
    reason: str | None
    attempts: int


# All announcements of these complaints that may have reached somebody, or may still.
ANNOUNCEMENTS = (
    select(*(getattr(Message, field.name) for field in fields(Announcement)))
    .where(
        Message.complaint_id == any_(IDS),
        Message.template.in_(ANNOUNCED),
        Message.state.not_in((FAILED, SKIPPED)),
    )
    .order_by(Message.id)
    .with_for_update()
)
WITHDRAWN = select(
    Withdrawal.complaint_id,
    Withdrawal.clock,
    Withdrawal.cycle,
    Withdrawal.agency,
    Withdrawal.steps,
    Withdrawal.reminders,
    Withdrawal.at,
    Withdrawal.from_round,
).where(Withdrawal.complaint_id == any_(IDS))


async def write_unless_withdrawn(tx: Tx[State], events: Sequence[Event[Any]]) -> None:
    """The messages about these reminders, climbs and offers, except those that were taken back before they came."""
    withdrawn: dict[UUID, list[Withdrawn]] = defaultdict(list)
    for each in await tx.records(Withdrawn, WITHDRAWN, {"ids": [event.fact.complaint_id for event in events]}):
        withdrawn[each.complaint_id].append(each)
    await write_messages(tx, [event for event in events if not _is_withdrawn(event, withdrawn)])


def _is_withdrawn(event: Event[Any], withdrawn: Mapping[UUID, Sequence[Withdrawn]]) -> bool:
    of_complaint = withdrawn.get(event.fact.complaint_id)
    if not of_complaint:
        return False
    kind, fact = EventType(type(event.fact).__name__), event.fact.model_dump()
    details = details_of(fact, event.time)
    return any(each.takes_back(kind, agency_of(fact), details) for each in of_complaint)


async def write_withdrawals(tx: Tx[State], events: Sequence[Event[EscalationWithdrawn]]) -> None:
    """Remember what is taken back; one message for each recipient of it, by the ledger.

    A message that was not handed to the mail server yet is skipped, and its recipient gets no message. A repeated event
    writes nothing again.
    """
    await tx.insert(Withdrawal, [_row(event) for event in events], skip_known=True)
    complaints = await known_complaints(tx, events)
    ids = {event.fact.complaint_id for event in events}
    announcements: dict[UUID, list[Announcement]] = defaultdict(list)
    for each in await tx.records(Announcement, ANNOUNCEMENTS, {"ids": list(ids)}):
        announcements[each.complaint_id].append(each)
    taken_back = {event.id: _taken_back(event, announcements.get(event.fact.complaint_id, ())) for event in events}
    await tx.update(Message, list(_unsent(taken_back)), key="id")
    new = [each for event in events for each in _announced(event, taken_back[event.id])]
    written = [row_of(tx, each, complaints.get(each.complaint_id)) for each in new]
    await tx.insert(Message, written, skip_known=True)
    if written:
        tx.wake(SENDER)


def _row(event: Event[EscalationWithdrawn]) -> Mapping[str, Any]:
    return {"event_id": event.id, **_values(event)}


def _values(event: Event[EscalationWithdrawn]) -> dict[str, Any]:
    fact = event.fact
    return {
        "complaint_id": fact.complaint_id,
        "clock": fact.clock,
        "cycle": fact.cycle,
        "agency": fact.agency,
        "steps": fact.steps,
        "reminders": fact.reminders,
        "at": event.time,
        "from_round": fact.from_round,
    }


def _taken_back(event: Event[EscalationWithdrawn], announcements: Sequence[Announcement]) -> Sequence[Announcement]:
    """Those of these announcements about a complaint that the event takes back."""
    withdrawn = Withdrawn(**_values(event))
    return [each for each in announcements if withdrawn.takes_back(ANNOUNCED[each.template], each.about, each.details)]


def _unsent(taken_back: Mapping[UUID, Sequence[Announcement]]) -> Iterator[Mapping[str, Any]]:
    """The rows of messages that are not sent any more, each once."""
    by_id = {each.id: each for of_event in taken_back.values() for each in of_event}
    for id in sorted(by_id):
        if not _was_handed_over(by_id[id]):
            yield {"id": id, "state": SKIPPED, "reason": OVERTAKEN, "mail_id": None}


def _announced(event: Event[EscalationWithdrawn], taken_back: Sequence[Announcement]) -> Iterator[Announced]:
    """The messages to all who may have got one of these announcements, each of which names those of its recipient."""
    handed_over = [each for each in taken_back if _was_handed_over(each)]
    for new in announced(event, _messages(event.fact, handed_over)):
        to = new.message.agency, new.message.role
        own = [named(each.details) for each in handed_over if (each.agency, each.role) == to]
        yield replace(new, details={**new.details, "taken_back": own})


def _messages(fact: EscalationWithdrawn, handed_over: Sequence[Announcement]) -> Iterator[NewMessage]:
    seats = [{"agency": each.agency, "role": each.role} for each in handed_over if each.kind != REPORTER]
    reporter = next((REPORTER for each in handed_over if each.kind == REPORTER), None)
    return messages_about(EventType.ESCALATION_WITHDRAWN, {**fact.model_dump(), "told": seats, REPORTER: reporter})


def _was_handed_over(announcement: Announcement) -> bool:
    return was_handed_over(announcement.state, announcement.reason, announcement.attempts)
