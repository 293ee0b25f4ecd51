"""Seats by what became of their mails: one that cannot be reached counts as vacant until it can.

The moments count, not the order of hearing: a failure of before the last arrival, or of before the agency was published
with new addresses, says nothing of the seat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Text, any_, bindparam, delete, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.directory import RAISE_VERSION
from services.sla.domain.directory import Seat
from services.sla.domain.notices import ARRIVED
from services.sla.models.directory import AgencyRow
from services.sla.models.seats import ReachedSeat, UnreachableSeat
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import Event, NoticesSettled
from shared.promises import EPOCH
from shared.vocabulary import Role

Settled = Sequence[Event[NoticesSettled]]


def _among_seats(row: type[ReachedSeat] | type[UnreachableSeat]) -> ColumnElement[bool]:
    return tuple_(row.agency, row.role).in_(bindparam("seats", expanding=True))


FORGET = delete(UnreachableSeat).where(
    UnreachableSeat.agency == ReachedSeat.agency,
    UnreachableSeat.role == ReachedSeat.role,
    UnreachableSeat.since <= ReachedSeat.reached_at,
    _among_seats(UnreachableSeat),
)
ARRIVALS = select(ReachedSeat.agency, ReachedSeat.role, ReachedSeat.reached_at).where(_among_seats(ReachedSeat))
PUBLISHED = select(AgencyRow.code, AgencyRow.published_at).where(
    AgencyRow.code == any_(bindparam("codes", type_=ARRAY(Text))),
    AgencyRow.published_at > EPOCH,
)


@dataclass(frozen=True, slots=True)
class NotedSeats:
    """The seats that could be reached until now, and when each seat of a failed mail was last reached."""

    lost: frozenset[Seat]
    reached_at: Mapping[Seat, datetime]

    def is_overtaken(self, event: Event[NoticesSettled]) -> bool:
        """Whether a later mail has arrived at the seat."""
        reached_at = self.reached_at.get(seat_of(event))
        return reached_at is not None and event.time < reached_at


async def note_seats(tx: Tx[State], events: Settled) -> NotedSeats:
    """Note the seats that can be reached again and those that cannot."""
    again = await _note_arrivals(tx, [event for event in events if event.fact.outcome in ARRIVED])
    failures = sorted((event for event in events if event.fact.outcome not in ARRIVED), key=seat_of)
    noted = await _note_failures(tx, failures) if failures else NotedSeats(frozenset(), {})
    if again or noted.lost:
        await tx.execute(RAISE_VERSION)
    return noted


async def _note_arrivals(tx: Tx[State], events: Settled) -> int:
    """How many seats can be reached again."""
    latest = {seat_of(event): event.time for event in sorted(events, key=lambda event: event.time)}
    if not latest:
        return 0
    rows = [{**seat._asdict(), "reached_at": at} for seat, at in latest.items()]
    await tx.upsert(ReachedSeat, rows, key=("agency", "role"), newer="reached_at")
    return (await tx.execute(FORGET, {"seats": sorted(latest)})).rowcount


async def _note_failures(tx: Tx[State], events: Settled) -> NotedSeats:
    seats = sorted({seat_of(event) for event in events})
    found = await tx.execute(ARRIVALS, {"seats": seats})
    reached_at = {Seat(row.agency, cast(Role, row.role)): row.reached_at for row in found}
    codes = sorted({seat.agency for seat in seats})
    published_at = {row.code: row.published_at for row in await tx.execute(PUBLISHED, {"codes": codes})}
    rows = [
        {**seat._asdict(), "since": event.time, "reason": event.fact.reason or ""}
        for event, seat in ((event, seat_of(event)) for event in events)
        if event.time >= max(reached_at.get(seat, EPOCH), published_at.get(seat.agency, EPOCH))
    ]
    key = UnreachableSeat.agency, UnreachableSeat.role
    lost = await tx.insert(UnreachableSeat, rows, skip_known=True, returning=key)
    # An arrival that is handled late does not delete a newer failure.
    await tx.upsert(UnreachableSeat, rows, key=("agency", "role"), newer="since")
    return NotedSeats(frozenset(Seat(agency, cast(Role, role)) for agency, role in lost), reached_at)


def seat_of(event: Event[NoticesSettled]) -> Seat:
    """The seat whose notices were settled; a reporter has none."""
    assert event.fact.role is not None
    return Seat(event.fact.agency, event.fact.role)
