"""What routing does when something has happened elsewhere."""

from collections.abc import Mapping, Sequence

from services.routing import actions
from shared.db import Tx
from shared.events import ComplaintEscalated, ComplaintFiled, DeadlineMissed, Event, Fact, OmbudsmanOffered, facts
from shared.service import Handler


async def on_complaint_filed(tx: Tx, events: Sequence[Event[ComplaintFiled]]) -> None:
    await actions.assign_complaints(tx, facts(events))


async def on_deadline_missed(tx: Tx, events: Sequence[Event[DeadlineMissed]]) -> None:
    await actions.note_missed(tx, facts(events))


async def on_complaint_escalated(tx: Tx, events: Sequence[Event[ComplaintEscalated]]) -> None:
    await actions.note_escalated(tx, facts(events))


async def on_ombudsman_offered(tx: Tx, events: Sequence[Event[OmbudsmanOffered]]) -> None:
    await actions.note_offered(tx, facts(events))


HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: on_complaint_filed,
    DeadlineMissed: on_deadline_missed,
    ComplaintEscalated: on_complaint_escalated,
    OmbudsmanOffered: on_ombudsman_offered,
}
