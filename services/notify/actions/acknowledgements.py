"""Acknowledgements: the holder of a seat says that a mail, or a message, is known; it is published once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, func, select, true

from services.notify.actions.notices import COLUMNS, LedgerMessage, settle, settlement_in_ledger
from services.notify.domain.acknowledgements import mail_id_in, may_acknowledge
from services.notify.domain.notices import ACKNOWLEDGED, outcome_after
from services.notify.domain.recipients import SEAT
from services.notify.domain.words import role_name
from services.notify.errors import BadLink, NotYourMessage, UnknownMessage
from services.notify.models.agencies import Agency
from services.notify.models.complaints import Complaint, is_sensitive
from services.notify.models.messages import Message
from services.notify.state import State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.identity.officials import Official

# The age of a link is counted in real time, like the id of the mail that it names.
REAL = RealClock()
SEAT_MESSAGES = select(*COLUMNS, Message.id, Message.acknowledged_at).where(Message.kind == SEAT).order_by(Message.id)
OF_MAILS = SEAT_MESSAGES.where(Message.mail_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
OF_IDS = SEAT_MESSAGES.where(Message.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
SHOWN = (
    select(
        Message.agency,
        Message.role,
        Message.reference,
        func.coalesce(Complaint.confidential, true()).label("confidential"),
        is_sensitive(Message.complaint_id).label("sensitive"),
        Message.acknowledged_at,
        Agency.name.label("agency_name"),
    )
    .outerjoin(Agency, Agency.code == Message.agency)
    .outerjoin(Complaint, Complaint.id == Message.complaint_id)
    .where(Message.kind == SEAT, Message.mail_id == bindparam("id"))
    .order_by(Message.id)
)


@dataclass(frozen=True, slots=True)
class SeatMessage(LedgerMessage):
    """A message to a seat, and since when it is acknowledged."""

    id: int
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """What the page of a mail needs of each of its messages."""

    agency: str | None
    role: str | None
    reference: str | None
    confidential: bool
    sensitive: bool
    acknowledged_at: datetime | None
    agency_name: str | None


Addressed = TypeVar("Addressed", SeatMessage, ShownMessage)


@dataclass(frozen=True, slots=True)
class ShownMail:
    """A mail as its page shows it: whom it went to, and the page of each complaint by its reference, or none.

    A sensitive complaint is not named: the mail may have gone to a seat that is not named for it.
    """

    addressee: str
    complaints: Mapping[str, str]
    messages: int
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class AcknowledgementRequest:
    """A message that an official acknowledges."""

    message_id: int
    by: Official


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A message that is acknowledged, since when."""

    message_id: int
    acknowledged_at: datetime


async def show_mail(tx: Tx[State], token: str) -> ShownMail:
    """The mail of a link; nothing is changed. Raises BadLink."""
    mail_id = mail_id_in(token)
    messages = await tx.records(ShownMessage, SHOWN, {"id": mail_id}) if mail_id else []
    first = _addressed(tx.state, token, messages)
    if first is None:
        raise BadLink
    addressee = f"{role_name(str(first.role))} {first.agency_name or first.agency}"
    known = [each.acknowledged_at for each in messages if each.acknowledged_at]
    timeline_of = tx.state.settings.timeline_of
    return ShownMail(
        addressee,
        {
            ref: timeline_of(ref, each.confidential)
            for each in messages
            if (ref := each.reference) and not each.sensitive
        },
        len(messages),
        min(known) if len(known) == len(messages) else None,
    )


async def acknowledge_mails(tx: Tx[State], tokens: Sequence[str]) -> Sequence[UUID | Exception]:
    """Acknowledge all messages of the mail of each link; for each the mail's id, or BadLink."""
    ids = {token: mail_id_in(token) for token in tokens}
    wanted = sorted({id for id in ids.values() if id}, key=str)
    messages = await tx.records(SeatMessage, OF_MAILS.with_for_update(), {"ids": wanted}) if wanted else []
    mails: dict[UUID | None, list[SeatMessage]] = defaultdict(list)
    for each in messages:
        mails[each.mail_id].append(each)
    valid = {token: id for token, id in ids.items() if id and _addressed(tx.state, token, mails[id])}
    await _acknowledge(tx, [each for each in messages if each.mail_id in valid.values()])
    return [valid.get(token) or BadLink() for token in tokens]


async def acknowledge_messages(
    tx: Tx[State], requests: Sequence[AcknowledgementRequest]
) -> Sequence[Acknowledgement | Exception]:
    """Acknowledge messages to the officials' seats; for each the acknowledgement, UnknownMessage or NotYourMessage."""
    ids = sorted({request.message_id for request in requests})
    known = {each.id: each for each in await tx.records(SeatMessage, OF_IDS.with_for_update(), {"ids": ids})}
    refused = {request: _refusal(request, known.get(request.message_id)) for request in requests}
    allowed = {request.message_id for request, refusal in refused.items() if refusal is None}
    moments = await _acknowledge(tx, [known[id] for id in sorted(allowed)])
    return [
        refused[request] or Acknowledgement(request.message_id, moments[request.message_id]) for request in requests
    ]


def _refusal(request: AcknowledgementRequest, message: SeatMessage | None) -> Exception | None:
    if message is None:
        return UnknownMessage()
    by = request.by
    return None if may_acknowledge(by.role, by.agency, message.role, message.agency) else NotYourMessage()


async def _acknowledge(tx: Tx[State], messages: Sequence[SeatMessage]) -> Mapping[int, datetime]:
    """Acknowledge these messages, except those that are; since when each is. Their rows are locked."""
    new = [each for each in messages if each.acknowledged_at is None]
    changes = [
        {
            "id": each.id,
            "acknowledged_at": tx.now,
            "outcome": outcome_after(each.template, each.outcome, ACKNOWLEDGED),
        }
        for each in new
    ]
    await tx.update(Message, changes, key="id")
    await settle(tx, [settlement_in_ledger(each, ACKNOWLEDGED) for each in new])
    return {each.id: each.acknowledged_at or tx.now for each in messages}


def _addressed(state: State, token: str, messages: Sequence[Addressed]) -> Addressed | None:
    """The first of a mail's messages by which this token is valid: one that names another seat is damaged."""
    seats = {(str(each.agency), str(each.role)): each for each in reversed(messages)}
    is_valid, now = state.links.is_valid, REAL.now()
    return next((each for (agency, role), each in seats.items() if is_valid(token, agency, role, now)), None)
