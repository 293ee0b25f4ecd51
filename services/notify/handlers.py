"""What notify does when something has happened elsewhere; the table at the foot says what it hears."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.notify.actions import knowing, telling
from shared.db.transaction import Tx
from shared.events import (
    AgencyPublished,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ContactStored,
    DeadlineNear,
    Event,
    Fact,
    FollowUpRecorded,
    OmbudsmanOffered,
    SeatFoundVacant,
    facts,
)
from shared.service import Handler


async def on_complaint_filed(tx: Tx[Any], events: Sequence[Event[ComplaintFiled]]) -> None:
    await knowing.remember_complaints(tx, facts(events))


async def on_agency_published(tx: Tx[Any], events: Sequence[Event[AgencyPublished]]) -> None:
    await knowing.remember_agencies(tx, events)


async def on_contact_stored(tx: Tx[Any], events: Sequence[Event[ContactStored]]) -> None:
    await knowing.remember_contacts(tx, facts(events))


async def on_news(tx: Tx[Any], events: Sequence[Event[Any]]) -> None:
    """Who is told of it is said in `domain/hearing.py`."""
    await telling.write_messages(tx, events)


HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: on_complaint_filed,
    AgencyPublished: on_agency_published,
    ContactStored: on_contact_stored,
    ComplaintRouted: on_news,
    ComplaintForwarded: on_news,
    FollowUpRecorded: on_news,
    ComplaintAnswered: on_news,
    DeadlineNear: on_news,
    ComplaintEscalated: on_news,
    SeatFoundVacant: on_news,
    OmbudsmanOffered: on_news,
}
