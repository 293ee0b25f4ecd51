"""Limits: requests that were not sent yet get the limit that sla has set, and are sent at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.actions.messages import REAL
from services.notify.domain.deliveries import FAILED, SKIPPED, WAITING
from services.notify.domain.limits import REQUESTS
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.events import Event, LimitSet
from shared.vocabulary import HOLD, REFERRAL, MessageState


@dataclass(frozen=True, slots=True)
class Request:
    """A request that no mail carries; `details` are of an event, maybe of another release."""

    id: int
    complaint_id: UUID
    agency: str | None
    template: str
    details: Any
    state: MessageState
    attempts: int
    next_try_at: datetime


# A mail is tried again unchanged, so the messages of mails are left alone.
UNSENT = (
    select(*(getattr(Message, name) for name in Request.__slots__))
    .where(
        Message.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        Message.template.in_(REQUESTS.values()),
        Message.state.in_((WAITING, SKIPPED, FAILED)),
        Message.mail_id.is_(None),
    )
    .order_by(Message.id)
    .with_for_update()
)


async def name_limits(tx: Tx[State], events: Sequence[Event[LimitSet]]) -> None:
    """Let the requests to these agencies name the limits; one that waits for nothing else is due."""
    requests = await tx.records(Request, UNSENT, {"ids": [event.fact.complaint_id for event in events]})
    rows = list(_rows(requests, events))
    await tx.update(Message, rows, key="id")
    if rows:
        tx.wake(SENDER)


def _rows(requests: Sequence[Request], events: Sequence[Event[LimitSet]]) -> Iterator[Mapping[str, Any]]:
    limits = {_key(event.fact): event.fact.due_at for event in events}
    now = REAL.now()
    for each in requests:
        named = (each.complaint_id, each.template)
        due_at = limits.get((*named, each.agency)) or limits.get((*named, None))
        if due_at is None or not isinstance(each.details, dict):
            continue
        fresh = each.state == WAITING and each.attempts == 0
        next_try_at = min(each.next_try_at, now) if fresh else each.next_try_at
        yield {"id": each.id, "details": {**each.details, "due_at": due_at.isoformat()}, "next_try_at": next_try_at}


def _key(fact: LimitSet) -> tuple[UUID, str | None, str | None]:
    # A question is for the reporter; a file may be handed over by the coordinator of an agency above.
    return fact.complaint_id, REQUESTS.get(fact.clock), None if fact.clock in (HOLD, REFERRAL) else fact.agency
