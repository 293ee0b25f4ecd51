"""Agencies and their seats, as the directory publishes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, any_, bindparam, case, delete, func, select

from services.notify.actions.departures import ask_successors
from services.notify.actions.vacancies import send_open_requests
from services.notify.models.agencies import Agency, Seat
from services.notify.state import State
from shared.db.clock import database_now
from shared.db.transaction import Tx
from shared.events import AgencyPublished, Event

CODES = any_(bindparam("codes", type_=ARRAY(Text)))
# -infinity, the moment of agencies that were known before publications were dated, becomes NULL: Python has no such
# moment.
PUBLISHED_AT = case((func.isfinite(Agency.published_at), Agency.published_at))
LOCK_AGENCIES = (
    select(Agency.code, PUBLISHED_AT.label("published_at"))
    .where(Agency.code == CODES)
    .order_by(Agency.code)
    .with_for_update()
)
DELETE_SEATS = delete(Seat).where(Seat.agency == CODES).returning(Seat.agency, Seat.role, Seat.email, Seat.email_since)


@dataclass(frozen=True, slots=True)
class KnownSeat:
    """A seat with its address, and since when it has had it."""

    agency: str
    role: str
    email: str | None
    email_since: datetime | None


async def note_agencies(tx: Tx[State], events: Sequence[Event[AgencyPublished]]) -> None:
    """Remember these agencies in full; an agency that was published later than its event says stays as it is."""
    # Agencies are written in the order of their codes: two replicas with the same agencies wait for one another.
    ordered = sorted(events, key=lambda event: event.fact.code)
    created = set(await tx.insert(Agency, list(map(_row, ordered)), skip_known=True, returning=Agency.code))
    changed = await _no_older_than_known(tx, [event for event in ordered if event.fact.code not in created])
    known: Sequence[KnownSeat] = ()
    if changed:
        await tx.update(Agency, list(map(_row, changed)), key="code")
        known = await tx.records(KnownSeat, DELETE_SEATS, {"codes": [event.fact.code for event in changed]})
    current = [*(event for event in ordered if event.fact.code in created), *changed]
    if current:
        await _insert_seats(tx, current, known)
        fresh = {seat.email for event in current for seat in event.fact.seats if seat.email}
        fresh -= {seat.email for seat in known}
        await send_open_requests(tx, [event.fact.code for event in current], sorted(fresh))
        await ask_successors(tx, [event.fact.code for event in current if event.fact.departed])


async def _no_older_than_known(
    tx: Tx[State], events: Sequence[Event[AgencyPublished]]
) -> Sequence[Event[AgencyPublished]]:
    """The events that are no older than the agencies known; the rows of all these agencies are locked."""
    if not events:
        return []
    rows = await tx.execute(LOCK_AGENCIES, {"codes": [event.fact.code for event in events]})
    published_at = {row.code: row.published_at for row in rows}
    return [event for event in events if (published_at[event.fact.code] or event.time) <= event.time]


async def _insert_seats(tx: Tx[State], events: Sequence[Event[AgencyPublished]], known: Sequence[KnownSeat]) -> None:
    """The seats of these agencies; an address that was known keeps the moment at which it came."""
    since, now = {(seat.agency, seat.role, seat.email): seat.email_since for seat in known}, await database_now(tx)
    seats = [
        {
            "agency": event.fact.code,
            "role": seat.role,
            "title": seat.title,
            "email": seat.email,
            "email_since": since.get((event.fact.code, seat.role, seat.email), now),
        }
        for event in events
        for seat in event.fact.seats
    ]
    await tx.insert(Seat, seats, skip_known=True)


def _row(event: Event[AgencyPublished]) -> dict[str, object]:
    agency = event.fact
    return {
        "code": agency.code,
        "name": agency.name,
        "zone": agency.zone,
        "parent": (agency.departed and agency.successor) or agency.parent,
        "sensitive_seats": list(agency.sensitive_seats),
        "departed": agency.departed,
        "published_at": event.time,
    }
