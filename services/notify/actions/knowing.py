"""What notify remembers of complaints, agencies and contacts, so that it can tell without asking anyone."""

from collections.abc import Sequence

from sqlalchemy import Table

from services.notify.models import Agency, Complaint, Contact, Seat
from shared.db import Tx
from shared.events import AgencyPublished, ComplaintFiled, ContactStored

FORGET_SEATS = "DELETE FROM seats WHERE agency = ANY(CAST(:codes AS text[]))"
REMEMBER_AGENCIES = (
    "INSERT INTO agencies (code, name, zone)"
    " SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:zones AS text[]))"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, zone = excluded.zone"
)
REMEMBER_CONTACTS = (
    "INSERT INTO contacts (reporter_ref, sealed)"
    " SELECT * FROM unnest(CAST(:refs AS uuid[]), CAST(:seals AS text[]))"
    " ON CONFLICT (reporter_ref) DO UPDATE SET sealed = excluded.sealed"
)


def _table(row: type[Complaint] | type[Seat] | type[Agency] | type[Contact]) -> Table:
    assert isinstance(row.__table__, Table)
    return row.__table__


async def remember_complaints(tx: Tx, filed: Sequence[ComplaintFiled]) -> None:
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


async def remember_agencies(tx: Tx, agencies: Sequence[AgencyPublished]) -> None:
    """Each comes in full: its seats replace those known before."""
    ordered = sorted(agencies, key=lambda agency: agency.code)
    codes = [agency.code for agency in ordered]
    names, zones = [agency.name for agency in ordered], [agency.zone for agency in ordered]
    await tx.execute(REMEMBER_AGENCIES, {"codes": codes, "names": names, "zones": zones})
    await tx.execute(FORGET_SEATS, {"codes": codes})
    seats = [
        {"agency": agency.code, "role": seat.role, "title": seat.title, "email": seat.email}
        for agency in ordered
        for seat in agency.seats
    ]
    await tx.insert(_table(Seat), seats, skip_known=True)


async def remember_contacts(tx: Tx, contacts: Sequence[ContactStored]) -> None:
    ordered = sorted(contacts, key=lambda contact: contact.reporter_ref)
    refs, seals = [contact.reporter_ref for contact in ordered], [contact.sealed for contact in ordered]
    await tx.execute(REMEMBER_CONTACTS, {"refs": refs, "seals": seals})
