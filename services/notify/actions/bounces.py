"""Bounces: mails that the server accepted and that came back later, as the mail platform tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.actions.notices import COLUMNS, settle, settlement_of_row
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

# Whoever holds the seat gets what must reach someone; its leader is told, too, what the agency has been given.
FOR_HOLDERS = frozenset({*CAUSES, "for_leader"})
LOCK_MAILS = (
    select(Message.id, Message.state, Message.reason, Message.acknowledged_at, Seat.email_since, *COLUMNS)
    .outerjoin(Seat, (Seat.agency == Message.agency) & (Seat.role == Message.role))
    .where(Message.mail_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Message.id)
    .with_for_update(of=Message)
)


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
    """Note these bounces; for each the mail, or UnknownMail. Told again, a bounce changes nothing.

    A message that its reader has acknowledged has arrived, and one that is tried again is not the mail that came back.
    A mail to a former address says nothing of the seat: what its holder must know is sent to the present one.
    """
    codes = {bounce.mail_id: bounce.smtp_code for bounce in bounces}
    rows = (await tx.execute(LOCK_MAILS, {"ids": sorted(codes, key=str)})).all()
    back = [row for row in rows if row.state == SENT and row.acknowledged_at is None]
    now = await database_now(tx)
    former = {row.id for row in back if _is_former(row, now)}
    await tx.update(Message, [_row(row, codes[row.mail_id], row.id in former) for row in back], key="id")
    await settle(tx, [settlement_of_row(row, notices.BOUNCED, BOUNCED) for row in back if row.id not in former])
    await send_to_present_holders(tx, [row.id for row in back if row.id in former and row.template in FOR_HOLDERS])
    known = {row.mail_id for row in rows}
    failed = [row.mail_id for row in rows if row in back or (row.state, row.reason) == (FAILED, BOUNCED)]
    return [
        BouncedMail(each.mail_id, failed.count(each.mail_id)) if each.mail_id in known else UnknownMail()
        for each in bounces
    ]


def _row(row: Any, smtp_code: int | None, is_former: bool) -> Mapping[str, Any]:
    outcome = row.outcome if is_former else outcome_after(row.template, row.outcome, notices.BOUNCED)
    return {"id": row.id, "state": FAILED, "reason": BOUNCED, "smtp_code": smtp_code, "outcome": outcome}


def _is_former(row: Any, now: datetime) -> bool:
    """Whether the mail was written before the seat had its present address; not by a moment that has not come."""
    return row.email_since is not None and written_at(row.mail_id) < row.email_since <= now
