"""Contacts of reporters, remembered sealed."""

from collections.abc import Sequence

from services.notify.models.contacts import Contact
from services.notify.state import State
from shared.db.transaction import Tx
from shared.events import ContactStored, Event


async def note_contacts(tx: Tx[State], events: Sequence[Event[ContactStored]]) -> None:
    """Remember these contacts; each replaces the one that was known before."""
    rows = [{"reporter_ref": event.fact.reporter_ref, "sealed": event.fact.sealed} for event in events]
    await tx.upsert(Contact, rows, key="reporter_ref")
