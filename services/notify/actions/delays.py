"""Delays: a climb tells its reporter of the delay since the first limit that was missed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.domain.acts import moment_in
from services.notify.domain.delays import ESCALATED, WITHDRAWN, first_missed
from services.notify.domain.deliveries import FAILED, SKIPPED
from services.notify.models.claims import DueMessage
from services.notify.models.messages import Message
from services.notify.state import State
from shared.db.transaction import Tx

# What the reporters of these complaints were told of limits that had passed, and what of it was taken back.
MISSED = (
    select(Message.complaint_id, Message.template, Message.details)
    .where(Message.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .where(Message.template.in_((ESCALATED, WITHDRAWN)), Message.state.not_in((SKIPPED, FAILED)))
    .order_by(Message.id)
)


async def since_first_missed(tx: Tx[State], due: Sequence[DueMessage]) -> Sequence[DueMessage]:
    """These messages; those that tell reporters of a climb count from the first limit, unless it was taken back.

    Climbs of one moment come in any order, so this is known only once all of them are written.
    """
    ids = {each.complaint_id for each in due if each.template == ESCALATED}
    if not ids:
        return due
    told: dict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    for row in await tx.execute(MISSED, {"ids": list(ids)}):
        told[row.complaint_id].append((row.template, row.details))
    first = {id: at for id, found in told.items() if (at := first_missed(found))}
    return [_counted(each, first) for each in due]


def _counted(due: DueMessage, first: Mapping[UUID, datetime]) -> DueMessage:
    since, due_at = first.get(due.complaint_id), moment_in(due.details, "due_at")
    if due.template != ESCALATED or since is None or due_at is None or since >= due_at:
        return due
    return replace(due, details={**due.details, "late_since": since.isoformat()})
