"""Bounces: mails that the server accepted and that came back later, as the mail platform tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.actions.notices import COLUMNS, LedgerMessage, settle, settlement_in_ledger
from services.notify.actions.vacancies import send_to_present_holders
from services.notify.domain import notices
from services.notify.domain.acknowledgements import written_at
from services.notify.domain.deliveries import BOUNCED, FAILED, SENT
from services.notify.domain.notices import CAUSES, outcome_after
from services.notify.errors import UnknownMail
from services.notify.models.agencies import Seat
from services.notify.models.messages import Message
from services.notify.state import State
from shared.db.clock import database_now
from shared.db.transaction import Tx
from shared.vocabulary import MessageState

# The present holder of the seat gets the messages that must reach someone, and the leader's news of the agency's cases.
FOR_HOLDERS = frozenset({*CAUSES, "for_leader"})
LOCK_MAILS = (
    select(*COLUMNS, Message.id, Message.state, Message.reason, Message.acknowledged_at, Seat.email_since)
    .outerjoin(Seat, (Seat.agency == Message.agency) & (Seat.role == Message.role))
    .where(Message.mail_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Message.id)
    .with_for_update(of=Message)
)


@dataclass(frozen=True, slots=True)
class MailedMessage(LedgerMessage):
    """A message of a mail that came back, and since when its seat has its present address."""

    mail_id: UUID
    id: int
    state: MessageState
    reason: str | None
    acknowledged_at: datetime | None
    email_since: datetime | None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back, with the code of the refusing server where the platform knows it."""

    mail_id: UUID
    smtp_code: int | None = None


@dataclass(frozen=True, slots=True)
class BouncedMail:
    """A mail that came back, and the number of its messages that have failed for it."""

    mail_id: UUID
    messages: int


async def record_bounces(tx: Tx[State], bounces: Sequence[Bounce]) -> Sequence[BouncedMail | Exception]:
    """Note these bounces; for each the mail, or UnknownMail. A bounce that is reported again changes nothing.

    A message that its reader has acknowledged has arrived, and one that is tried again is not the mail that came back.
    A mail to a former address is no evidence against the seat: its messages are sent to the present address.
    """
    codes = {bounce.mail_id: bounce.smtp_code for bounce in bounces}
    messages = await tx.records(MailedMessage, LOCK_MAILS, {"ids": sorted(codes, key=str)})
    back = [each for each in messages if each.state == SENT and each.acknowledged_at is None]
    now = await database_now(tx)
    former = {each.id for each in back if _is_former(each, now)}
    await tx.update(Message, [_row(each, codes[each.mail_id], each.id in former) for each in back], key="id")
    await settle(tx, [settlement_in_ledger(each, notices.BOUNCED, BOUNCED) for each in back if each.id not in former])
    await send_to_present_holders(tx, [each.id for each in back if each.id in former and each.template in FOR_HOLDERS])
    known = {each.mail_id for each in messages}
    failed = [each.mail_id for each in messages if each in back or (each.state, each.reason) == (FAILED, BOUNCED)]
    return [
        BouncedMail(each.mail_id, failed.count(each.mail_id)) if each.mail_id in known else UnknownMail()
        for each in bounces
    ]


def _row(message: MailedMessage, smtp_code: int | None, is_former: bool) -> Mapping[str, Any]:
    outcome = message.outcome if is_former else outcome_after(message.template, message.outcome, notices.BOUNCED)
    return {"id": message.id, "state": FAILED, "reason": BOUNCED, "smtp_code": smtp_code, "outcome": outcome}


def _is_former(message: MailedMessage, now: datetime) -> bool:
    """Whether the mail was written before the seat had its present address; not by a moment that has not come."""
    return message.email_since is not None and written_at(message.mail_id) < message.email_since <= now
