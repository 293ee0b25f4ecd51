"""What intake does when something happened to a complaint: it tells the reporter and the public."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.intake import actions
from shared.db.transaction import Tx
from shared.events import (
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    DeadlineMissed,
    DeadlineNear,
    Event,
    Fact,
    FollowUpRecorded,
    OmbudsmanOffered,
    SeatFoundVacant,
)
from shared.service import Handler


async def on_complaint_event(tx: Tx[Any], events: Sequence[Event[Any]]) -> None:
    await actions.record_events(tx, events)


# What each one moves is a rule: domain/standing.py.
HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: on_complaint_event,
    ComplaintRouted: on_complaint_event,
    ComplaintVerified: on_complaint_event,
    ComplaintForwarded: on_complaint_event,
    FollowUpRecorded: on_complaint_event,
    ComplaintAnswered: on_complaint_event,
    DeadlineNear: on_complaint_event,
    DeadlineMissed: on_complaint_event,
    ComplaintEscalated: on_complaint_event,
    SeatFoundVacant: on_complaint_event,
    OmbudsmanOffered: on_complaint_event,
}

UNHEARD: Mapping[str, str] = {
    "AgencyPublished": "a timeline names an agency as the event that brought it in did",
    "ContactStored": "it is intake's own, told for notify",
}
