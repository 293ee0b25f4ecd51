"""Withdrawals: whoever was written to about a reminder or an escalation that is taken back is told so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, select

from services.notify.actions.messages import announced, known_complaints, row_of
from services.notify.domain.deliveries import FAILED, SKIPPED
from services.notify.domain.recipients import REPORTER, messages_about
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.events import EscalationWithdrawn, Event
from shared.vocabulary import OMBUDSMAN, EventType

# Of the reminders and escalations of these complaints, all that may have reached somebody.
TOLD = select(
    Message.complaint_id, Message.template, Message.about, Message.details, Message.kind, Message.agency, Message.role
).where(
    Message.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    Message.template.in_(("deadline_near", "escalation", "escalated", "ombudsman", "ombudsman_for_leader")),
    Message.state.not_in((FAILED, SKIPPED)),
)
Told = Mapping[UUID, Sequence[Row[Any]]]


async def write_withdrawals(tx: Tx[State], events: Sequence[Event[EscalationWithdrawn]]) -> None:
    """One message for each recipient of what is taken back, by the ledger; a repeated event writes none again."""
    complaints = await known_complaints(tx, events)
    told: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await tx.execute(TOLD, {"ids": list({event.fact.complaint_id for event in events})}):
        told[row.complaint_id].append(row)
    new = [each for event in events for each in announced(event, _messages(event.fact, told))]
    written = [row_of(tx, each, complaints.get(each.complaint_id)) for each in new]
    await tx.insert(Message, written, skip_known=True)
    if written:
        tx.wake(SENDER)


def _messages(fact: EscalationWithdrawn, told: Told) -> Any:
    wrong = [row for row in told.get(fact.complaint_id, ()) if _is_about(row, fact)]
    seats = [{"agency": row.agency, "role": row.role} for row in wrong if row.kind != REPORTER]
    reporter = next((REPORTER for row in wrong if row.kind == REPORTER), None)
    return messages_about(EventType.ESCALATION_WITHDRAWN, {**fact.model_dump(), "told": seats, REPORTER: reporter})


def _is_about(row: Row[Any], fact: EscalationWithdrawn) -> bool:
    if row.about != fact.agency:
        return False
    if row.template.startswith("ombudsman"):
        return fact.clock == OMBUDSMAN
    if row.details.get("clock") != fact.clock:
        return False
    return row.details.get("step") in fact.steps or row.details.get("percent") in fact.reminders
