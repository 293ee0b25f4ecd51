"""Sensitive complaints: messages about them reach named seats only, and no mail has other messages beside them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.actions.messages import write_messages
from services.notify.models.complaints import Sensitivity
from services.notify.state import State
from shared.db.transaction import Tx
from shared.events import Event, SensitivityDeclared, SensitivityLifted


async def note_declared(tx: Tx[State], events: Sequence[Event[SensitivityDeclared]]) -> None:
    """Whoever has a message about it waiting gets it no more, unless the seat is named; the named seats are told."""
    await remember(tx, [(event.fact.complaint_id, True, event.fact.since) for event in events])
    await write_messages(tx, events)


async def note_lifted(tx: Tx[State], events: Sequence[Event[SensitivityLifted]]) -> None:
    """Messages about it go to whom they always did."""
    await remember(tx, [(event.fact.complaint_id, False, event.time) for event in events])
    await write_messages(tx, events)


async def remember(tx: Tx[Any], words: Iterable[tuple[UUID, bool, datetime]]) -> None:
    """Keep which complaints are sensitive, and since when; a later word stays."""
    rows = [{"complaint_id": id, "sensitive": sensitive, "since": since} for id, sensitive, since in words]
    await tx.upsert(Sensitivity, rows, key="complaint_id", rising="since")
