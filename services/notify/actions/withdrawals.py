"""Withdrawals: who was told of a reminder or a climb that is taken back hears so; what was not sent yet never is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, select

from services.notify.actions.messages import announced, known_complaints, row_of, write_messages
from services.notify.domain.deliveries import FAILED, OVERTAKEN, SKIPPED
from services.notify.domain.recipients import REPORTER, NewMessage, agency_of, details_of, messages_about
from services.notify.domain.withdrawals import ANNOUNCED, Withdrawn, was_handed_over
from services.notify.models.messages import Message
from services.notify.models.withdrawals import Withdrawal
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.events import EscalationWithdrawn, Event
from shared.vocabulary import EventType

IDS = bindparam("ids", type_=ARRAY(Uuid))
# Of the reminders and escalations of these complaints, all that may have reached somebody, or may still.
TOLD = (
    select(
        Message.id,
        Message.complaint_id,
        Message.template,
        Message.about,
        Message.details,
        Message.kind,
        Message.agency,
        Message.role,
        Message.state,
        Message.reason,
        Message.attempts,
    )
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
).where(Withdrawal.complaint_id == any_(IDS))
Wrong = Sequence[Row[Any]]


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

    What was not handed to the mail server yet is skipped, and its recipient hears nothing of it. A repeated event
    writes nothing again.
    """
    await tx.insert(Withdrawal, [_row(event) for event in events], skip_known=True)
    complaints = await known_complaints(tx, events)
    told: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await tx.execute(TOLD, {"ids": list({event.fact.complaint_id for event in events})}):
        told[row.complaint_id].append(row)
    wrong = {event.id: _wrong(event, told.get(event.fact.complaint_id, ())) for event in events}
    await tx.update(Message, list(_unsent(wrong)), key="id")
    new = [each for event in events for each in announced(event, _messages(event.fact, wrong[event.id]))]
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
    }


def _wrong(event: Event[EscalationWithdrawn], told: Sequence[Row[Any]]) -> Wrong:
    """Of these messages about a complaint, those that the event takes back."""
    withdrawn = Withdrawn(**_values(event))
    return [row for row in told if withdrawn.takes_back(ANNOUNCED[row.template], row.about, row.details)]


def _unsent(wrong: Mapping[UUID, Wrong]) -> Iterator[Mapping[str, Any]]:
    """The rows of messages that are not sent any more, each once."""
    rows = {row.id: row for of_event in wrong.values() for row in of_event}
    for id in sorted(rows):
        if not _was_handed_over(rows[id]):
            yield {"id": id, "state": SKIPPED, "reason": OVERTAKEN, "mail_id": None}


def _messages(fact: EscalationWithdrawn, wrong: Wrong) -> Iterator[NewMessage]:
    told = [row for row in wrong if _was_handed_over(row)]
    seats = [{"agency": row.agency, "role": row.role} for row in told if row.kind != REPORTER]
    reporter = next((REPORTER for row in told if row.kind == REPORTER), None)
    return messages_about(EventType.ESCALATION_WITHDRAWN, {**fact.model_dump(), "told": seats, REPORTER: reporter})


def _was_handed_over(row: Row[Any]) -> bool:
    return was_handed_over(row.state, row.reason, row.attempts)
