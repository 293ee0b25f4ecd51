"""Acknowledgements: the holder of a seat says that a mail, or a message, is known; it is published once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, select

from services.notify.actions.notices import COLUMNS, settle, settlement_of_row
from services.notify.domain.acknowledgements import mail_id_in, may_acknowledge
from services.notify.domain.notices import ACKNOWLEDGED, outcome_after
from services.notify.domain.recipients import SEAT
from services.notify.domain.words import role_name
from services.notify.errors import BadLink, NotYourMessage, UnknownMessage
from services.notify.models.agencies import Agency
from services.notify.models.messages import Message
from services.notify.state import State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.identity.officials import Official

# The age of a link is counted in real time, like the id of the mail that it names.
REAL = RealClock()
SEAT_MESSAGES = select(Message.id, Message.acknowledged_at, *COLUMNS).where(Message.kind == SEAT).order_by(Message.id)
OF_MAILS = SEAT_MESSAGES.where(Message.mail_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
OF_IDS = SEAT_MESSAGES.where(Message.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
SHOWN = (
    select(Message.agency, Message.role, Message.reference, Message.acknowledged_at, Agency.name)
    .outerjoin(Agency, Agency.code == Message.agency)
    .where(Message.kind == SEAT, Message.mail_id == bindparam("id"))
    .order_by(Message.id)
)


@dataclass(frozen=True, slots=True)
class ShownMail:
    """A mail as its page shows it: whom it went to, and the references of its messages."""

    addressee: str
    references: Sequence[str]
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
    rows = (await tx.execute(SHOWN, {"id": mail_id})).all() if mail_id else []
    first = _addressed(tx.state, token, rows)
    if first is None:
        raise BadLink
    addressee = f"{role_name(first.role)} {first.name or first.agency}"
    known = [row.acknowledged_at for row in rows]
    return ShownMail(
        addressee,
        list(dict.fromkeys(row.reference for row in rows if row.reference)),
        len(rows),
        min(known) if all(known) else None,
    )


async def acknowledge_mails(tx: Tx[State], tokens: Sequence[str]) -> Sequence[UUID | Exception]:
    """Acknowledge all messages of the mail of each link; for each the mail's id, or BadLink."""
    ids = {token: mail_id_in(token) for token in tokens}
    wanted = sorted({id for id in ids.values() if id}, key=str)
    rows = (await tx.execute(OF_MAILS.with_for_update(), {"ids": wanted})).all() if wanted else []
    mails: dict[UUID | None, list[Any]] = defaultdict(list)
    for row in rows:
        mails[row.mail_id].append(row)
    valid = {token: id for token, id in ids.items() if id and _addressed(tx.state, token, mails[id])}
    await _acknowledge(tx, [row for row in rows if row.mail_id in valid.values()])
    return [valid.get(token) or BadLink() for token in tokens]


async def acknowledge_messages(
    tx: Tx[State], requests: Sequence[AcknowledgementRequest]
) -> Sequence[Acknowledgement | Exception]:
    """Acknowledge messages to the officials' seats; for each the acknowledgement, UnknownMessage or NotYourMessage."""
    ids = sorted({request.message_id for request in requests})
    rows = {row.id: row for row in await tx.execute(OF_IDS.with_for_update(), {"ids": ids})}
    refused = {request: _refusal(request, rows.get(request.message_id)) for request in requests}
    allowed = {request.message_id for request, refusal in refused.items() if refusal is None}
    moments = await _acknowledge(tx, [rows[id] for id in sorted(allowed)])
    return [
        refused[request] or Acknowledgement(request.message_id, moments[request.message_id]) for request in requests
    ]


def _refusal(request: AcknowledgementRequest, row: Any) -> Exception | None:
    if row is None:
        return UnknownMessage()
    by = request.by
    return None if may_acknowledge(by.role, by.agency, row.role, row.agency) else NotYourMessage()


async def _acknowledge(tx: Tx[State], rows: Sequence[Any]) -> Mapping[int, datetime]:
    """Acknowledge these messages, except those that are; since when each is. The rows are locked."""
    new = [row for row in rows if row.acknowledged_at is None]
    changes = [
        {
            "id": row.id,
            "acknowledged_at": tx.now,
            "outcome": outcome_after(row.template, row.outcome, ACKNOWLEDGED),
        }
        for row in new
    ]
    await tx.update(Message, changes, key="id")
    await settle(tx, [settlement_of_row(row, ACKNOWLEDGED) for row in new])
    return {row.id: row.acknowledged_at or tx.now for row in rows}


def _addressed(state: State, token: str, rows: Sequence[Any]) -> Any | None:
    """The first of a mail's rows by which this token is valid: one that names another seat is damaged."""
    seats, is_valid = {(str(row.agency), str(row.role)): row for row in reversed(rows)}, state.links.is_valid
    now = REAL.now()
    return next((row for (agency, role), row in seats.items() if is_valid(token, agency, role, now)), None)
