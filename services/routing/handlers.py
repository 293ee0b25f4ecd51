"""What routing does when something has happened elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.routing import actions
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, ComplaintFiled, DeadlineMissed, Event, Fact, OmbudsmanOffered, facts
from shared.service import Handler


async def on_complaint_filed(tx: Tx[Any], events: Sequence[Event[ComplaintFiled]]) -> None:
    await actions.assign_complaints(tx, facts(events))


async def on_deadline_missed(tx: Tx[Any], events: Sequence[Event[DeadlineMissed]]) -> None:
    await actions.note_missed(tx, facts(events))


async def on_complaint_escalated(tx: Tx[Any], events: Sequence[Event[ComplaintEscalated]]) -> None:
    await actions.note_escalated(tx, facts(events))


async def on_ombudsman_offered(tx: Tx[Any], events: Sequence[Event[OmbudsmanOffered]]) -> None:
    await actions.note_offered(tx, facts(events))


HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: on_complaint_filed,
    DeadlineMissed: on_deadline_missed,
    ComplaintEscalated: on_complaint_escalated,
    OmbudsmanOffered: on_ombudsman_offered,
}

_OWN = "routing told it itself, with the act that it keeps"
UNHEARD: Mapping[str, str] = {
    "AgencyPublished": _OWN,
    "ComplaintRouted": _OWN,
    "ComplaintVerified": _OWN,
    "ComplaintForwarded": _OWN,
    "FollowUpRecorded": _OWN,
    "ComplaintAnswered": _OWN,
    "DeadlineNear": "a reminder changes nothing on a desk",
    "SeatFoundVacant": "who holds a seat is the directory's to say",
    "ContactStored": "no agency may know how a reporter is reached",
}
