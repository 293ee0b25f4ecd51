"""Messages: written into the ledger before anything is sent, listed, counted, and tried again by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, func, not_, select

from services.notify.domain.deliveries import FAILED, SENT, SKIPPED, WAITING
from services.notify.domain.recipients import REPORTER, RecipientKind, agency_of, details_of, messages_about
from services.notify.errors import NotFailed, UnknownMessage
from services.notify.models.complaints import Complaint
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
LOCK_MESSAGES = (
    select(Message.id, Message.state)
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
class LedgerEntry:
    """A message in the ledger: its recipient's role, never an address."""

    id: int
    complaint_id: UUID | None
    reference: str | None
    kind: RecipientKind
    agency: str | None
    role: str | None
    channel: str
    template: str
    template_version: str | None
    state: MessageState
    reason: str | None
    smtp_code: int | None
    attempts: int
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None


ENTRIES = select(*(getattr(Message, field.name) for field in fields(LedgerEntry))).order_by(Message.id)


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages share a state and a reason."""

    state: MessageState
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
    rows = await tx.execute(COMPLAINTS, {"ids": [event.fact.complaint_id for event in events]})
    complaints = {row.id: KnownComplaint(**row._mapping) for row in rows}
    written = [row for event in events for row in _rows(tx, event, complaints)]
    await tx.insert(Message, written, skip_known=True)
    if written:
        tx.wake(SENDER)


def _rows(tx: Tx[State], event: Event[Any], complaints: Mapping[UUID, KnownComplaint]) -> Iterator[Mapping[str, Any]]:
    fact = event.fact.model_dump()
    complaint = complaints.get(event.fact.complaint_id)
    details, about, due = details_of(fact, event.time), agency_of(fact), REAL.now()
    for message in messages_about(EventType(type(event.fact).__name__), fact):
        yield {
            "event_id": event.id,
            "recipient": message.recipient,
            "channel": EMAIL,
            "kind": message.kind,
            "agency": message.agency,
            "role": message.role,
            "reporter_ref": complaint.reporter_ref if complaint and message.kind == REPORTER else None,
            "complaint_id": event.fact.complaint_id,
            "reference": complaint.reference if complaint else None,
            "about": about,
            "template": message.template,
            "details": details,
            "next_try_at": due,
            "created_at": tx.now,
        }


async def list_messages(tx: Tx[State], query: LedgerQuery) -> Sequence[LedgerEntry]:
    """Ledger entries in the order in which they were written."""
    wanted = ENTRIES.where(Message.id > query.after).limit(query.limit)
    if not query.with_confidential:
        public = select(Complaint.id).where(Complaint.id == Message.complaint_id, not_(Complaint.confidential))
        wanted = wanted.where(public.exists())
    if query.complaint_id:
        wanted = wanted.where(Message.complaint_id == query.complaint_id)
    if query.state:
        wanted = wanted.where(Message.state == query.state)
        if query.state != SENT:
            wanted = wanted.where(Message.state != SENT)  # The partial index has this condition.
    return [LedgerEntry(**row._mapping) for row in await tx.execute(wanted)]


async def count_messages(tx: Tx[State]) -> Sequence[MessageCount]:
    """How many messages there are by state and reason."""
    return [MessageCount(**row._mapping) for row in await tx.execute(COUNTS)]


async def retry_messages(tx: Tx[State], ids: Sequence[int]) -> Sequence[int | Exception]:
    """Have these messages tried again from the start; for each its id, or UnknownMessage or NotFailed."""
    states = {row.id: row.state for row in await tx.execute(LOCK_MESSAGES, {"ids": sorted(set(ids))})}
    now = REAL.now()
    retried = [_retried(id, now) for id, state in states.items() if state in (FAILED, SKIPPED)]
    await tx.update(Message, retried, key="id")
    if retried:
        tx.wake(SENDER)
    return [_outcome(id, states.get(id)) for id in ids]


def _retried(id: int, now: datetime) -> Mapping[str, Any]:
    # The message leaves its mail: the messages that were joined with it may have been sent since.
    fresh = {"reason": None, "smtp_code": None, "attempts": 0, "mail_id": None}
    return {"id": id, "state": WAITING, "next_try_at": now, **fresh}


def _outcome(id: int, state: str | None) -> int | Exception:
    if state is None:
        return UnknownMessage()
    return id if state in (FAILED, SKIPPED) else NotFailed()
