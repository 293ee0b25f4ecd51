"""Messages: written into the ledger before anything is sent, listed, counted, and tried again by hand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text, Uuid, any_, bindparam, func, not_, select

from services.notify.domain.deliveries import FAILED, OVERTAKEN, SENT, SKIPPED, WAITING
from services.notify.domain.details import agency_of, details_of
from services.notify.domain.limits import wait_of
from services.notify.domain.notices import first_late_at
from services.notify.domain.recipients import REPORTER, NewMessage, messages_about
from services.notify.errors import Needless, NotFailed, UnknownMessage
from services.notify.models.complaints import Complaint, is_sensitive
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.events import Event
from shared.vocabulary import EventType, MessageState

EMAIL = "email"
# Attempts are planned in real time: a simulated clock may run 300,000 times as fast.
REAL = RealClock()
COMPLAINTS = select(Complaint.id, Complaint.reference, Complaint.reporter_ref).where(
    Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
COUNTS = (
    select(Message.state, Message.reason, func.count().label("messages"))
    .group_by(Message.state, Message.reason)
    .order_by(Message.state, Message.reason)
)
# The messages about these complaints that were written before.
WRITTEN_BEFORE = select(Message.complaint_id, Message.template, Message.recipient).where(
    Message.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    Message.template == any_(bindparam("templates", type_=ARRAY(Text))),
    Message.state.not_in((SKIPPED, FAILED)),
)
LOCK_MESSAGES = (
    select(Message.id, Message.state, Message.reason, Message.template)
    .where(Message.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .order_by(Message.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class KnownComplaint:
    """As much of a complaint as the ledger shows."""

    id: UUID
    reference: str
    reporter_ref: UUID | None


@dataclass(frozen=True, slots=True)
class Announced:
    """A message about an event, before it is written: the agency that it is about, and the values for its template."""

    event_id: UUID
    complaint_id: UUID
    about: str
    details: Mapping[str, Any]
    message: NewMessage


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A message in the ledger: its recipient's role, never an address.

    `kind`, `state` and `outcome` are texts: a value of a later release must not keep the list from being read.
    """

    id: int
    complaint_id: UUID | None
    reference: str | None
    kind: str
    agency: str | None
    role: str | None
    channel: str
    template: str
    template_version: str | None
    state: str
    reason: str | None
    smtp_code: int | None
    attempts: int
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None
    outcome: str | None
    acknowledged_at: datetime | None


ENTRIES = select(*(getattr(Message, field.name) for field in fields(LedgerEntry))).order_by(Message.id)


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages share a state and a reason."""

    state: str
    reason: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """The messages to list: those behind the id `after`, of one complaint or all, in one state or any."""

    after: int
    limit: int
    complaint_id: UUID | None = None
    state: MessageState | None = None
    with_confidential: bool = True


async def write_messages(tx: Tx[State], events: Sequence[Event[Any]]) -> None:
    """One message for each recipient of each event; messages that were written before stay as they are.

    Nobody is written to about what is said again.
    """
    events = [event for event in events if not getattr(event.fact, "again", False)]
    complaints = await known_complaints(tx, events)
    new = [each for event in events for each in announced(event, _messages(event))]
    before = await _written_before(tx, new)
    written = [
        row_of(tx, each, complaints.get(each.complaint_id))
        for each in new
        if not (each.message.once and (each.complaint_id, each.message.template, each.message.recipient) in before)
    ]
    await tx.insert(Message, written, skip_known=True)
    if written:
        tx.wake(SENDER)


async def known_complaints(tx: Tx[State], events: Sequence[Event[Any]]) -> Mapping[UUID, KnownComplaint]:
    """Those of the events' complaints that are known."""
    ids = [event.fact.complaint_id for event in events]
    return {known.id: known for known in await tx.records(KnownComplaint, COMPLAINTS, {"ids": ids})}


def _messages(event: Event[Any]) -> Iterable[NewMessage]:
    return messages_about(EventType(type(event.fact).__name__), event.fact.model_dump())


def announced(event: Event[Any], messages: Iterable[NewMessage]) -> Iterator[Announced]:
    """These messages about an event, with what their templates need of it."""
    fact = event.fact.model_dump()
    details, about = {**details_of(fact, event.time), "cause": type(event.fact).__name__}, agency_of(fact)
    for message in messages:
        yield Announced(event.id, event.fact.complaint_id, about, details, message)


async def _written_before(tx: Tx[State], new: Sequence[Announced]) -> set[tuple[UUID, str, str]]:
    """Complaint, template and recipient of the messages that are there already, where one is enough."""
    once = [each for each in new if each.message.once]
    if not once:
        return set()
    values = {
        "ids": [each.complaint_id for each in once],
        "templates": sorted({each.message.template for each in once}),
    }
    return {(row.complaint_id, row.template, row.recipient) for row in await tx.execute(WRITTEN_BEFORE, values)}


def row_of(tx: Tx[State], new: Announced, complaint: KnownComplaint | None) -> Mapping[str, Any]:
    """The row of a new message."""
    message, due = new.message, REAL.now()
    late_at = first_late_at(message.template, due)
    return {
        "event_id": new.event_id,
        "recipient": message.recipient,
        "channel": EMAIL,
        "kind": message.kind,
        "agency": message.agency,
        "role": message.role,
        "reporter_ref": complaint.reporter_ref if complaint and message.kind == REPORTER else None,
        "complaint_id": new.complaint_id,
        "reference": complaint.reference if complaint else None,
        "about": new.about,
        "template": message.template,
        "details": new.details,
        "next_try_at": due + wait_of(message.template, new.details),
        "tried_since": due if late_at else None,
        "late_at": late_at,
        "created_at": tx.now,
    }


async def list_messages(tx: Tx[State], query: LedgerQuery) -> list[LedgerEntry]:
    """Ledger entries in the order in which they were written, without those about sensitive complaints."""
    wanted = ENTRIES.where(Message.id > query.after, not_(is_sensitive(Message.complaint_id))).limit(query.limit)
    if not query.with_confidential:
        public = select(Complaint.id).where(Complaint.id == Message.complaint_id, not_(Complaint.confidential))
        wanted = wanted.where(public.exists())
    if query.complaint_id:
        wanted = wanted.where(Message.complaint_id == query.complaint_id)
    if query.state:
        wanted = wanted.where(Message.state == query.state)
        if query.state != SENT:
            wanted = wanted.where(Message.state != SENT)  # The partial index has this condition.
    return await tx.records(LedgerEntry, wanted)


async def count_messages(tx: Tx[State]) -> Sequence[MessageCount]:
    """How many messages there are by state and reason."""
    return await tx.records(MessageCount, COUNTS)


async def retry_messages(tx: Tx[State], ids: Sequence[int]) -> Sequence[int | Exception]:
    """Have these messages tried again from the start; for each its id, or UnknownMessage, NotFailed or Needless."""
    rows = (await tx.execute(LOCK_MESSAGES, {"ids": sorted(set(ids))})).all()
    refused, now = {row.id: _refusal(row.state, row.reason) for row in rows}, REAL.now()
    retried = [_retried(row.id, row.template, now) for row in rows if refused[row.id] is None]
    await tx.update(Message, retried, key="id")
    if retried:
        tx.wake(SENDER)
    return [refused.get(id, UnknownMessage()) or id for id in ids]


def _retried(id: int, template: str, now: datetime) -> Mapping[str, Any]:
    # The message leaves its mail: the messages that were joined with it may have been sent since.
    fresh = {"reason": None, "smtp_code": None, "attempts": 0, "mail_id": None}
    late = {"tried_since": now, "late_at": first_late_at(template, now)}
    return {"id": id, "state": WAITING, "next_try_at": now, **fresh, **late}


def _refusal(state: str, reason: str | None) -> Exception | None:
    if state not in (FAILED, SKIPPED):
        return NotFailed()
    return Needless() if reason == OVERTAKEN else None
