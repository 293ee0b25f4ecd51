"""What notify remembers of complaints, agencies and contacts, so that it can tell without asking anyone."""

from collections.abc import Sequence

from sqlalchemy import Table

from services.notify.models import Agency, Complaint, Contact, Seat
from services.notify.state import State
from shared.db.transaction import Tx
from shared.events import AgencyPublished, ComplaintFiled, ContactStored, Event

FORGET_SEATS = "DELETE FROM seats WHERE agency = ANY(CAST(:codes AS text[]))"
REMEMBER_AGENCIES = (
    "INSERT INTO agencies (code, name, zone, published_at)"
    " SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:zones AS text[]),"
    " CAST(:times AS timestamptz[]))"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, zone = excluded.zone, published_at = excluded.published_at"
    " WHERE agencies.published_at <= excluded.published_at RETURNING code"
)
REMEMBER_CONTACTS = (
    "INSERT INTO contacts (reporter_ref, sealed)"
    " SELECT * FROM unnest(CAST(:refs AS uuid[]), CAST(:seals AS text[]))"
    " ON CONFLICT (reporter_ref) DO UPDATE SET sealed = excluded.sealed"
)


def _table(row: type[Complaint] | type[Seat] | type[Agency] | type[Contact]) -> Table:
    assert isinstance(row.__table__, Table)
    return row.__table__


async def remember_complaints(tx: Tx[State], filed: Sequence[ComplaintFiled]) -> None:
    rows = [
        {
            "id": fact.complaint_id,
            "reference": fact.reference,
            "reporter_ref": fact.reporter_ref,
            "anonymous": fact.anonymous,
            "confidential": fact.confidential,
            "filed_at": fact.filed_at,
        }
        for fact in filed
    ]
    await tx.insert(_table(Complaint), rows, skip_known=True)


async def remember_agencies(tx: Tx[State], events: Sequence[Event[AgencyPublished]]) -> None:
    """Each comes in full: its seats replace those known before, unless these were published later."""
    told = {event.fact.code: event for event in sorted(events, key=lambda event: event.fact.code)}
    columns = {
        "codes": list(told),
        "names": [event.fact.name for event in told.values()],
        "zones": [event.fact.zone for event in told.values()],
        "times": [event.time for event in told.values()],
    }
    newest = (await tx.execute(REMEMBER_AGENCIES, columns)).scalars().all()
    await tx.execute(FORGET_SEATS, {"codes": newest})
    seats = [
        {"agency": agency.code, "role": seat.role, "title": seat.title, "email": seat.email}
        for agency in (told[code].fact for code in newest)
        for seat in agency.seats
    ]
    await tx.insert(_table(Seat), seats, skip_known=True)


async def remember_contacts(tx: Tx[State], contacts: Sequence[ContactStored]) -> None:
    ordered = sorted(contacts, key=lambda contact: contact.reporter_ref)
    refs, seals = [contact.reporter_ref for contact in ordered], [contact.sealed for contact in ordered]
    await tx.execute(REMEMBER_CONTACTS, {"refs": refs, "seals": seals})
