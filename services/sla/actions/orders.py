"""Events of orders: the holder has a limit for its acknowledgement of each order of a leader."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import AgencyOf, Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import Event, OrderAcknowledged, OrderGiven


async def note_order(tx: Tx[State], events: Sequence[Event[OrderGiven]]) -> None:
    """An order begins a clock of its own; every other limit goes on."""

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[OrderGiven]) -> Changes:
        fact = event.fact
        agency = AgencyOf(fact.agency, fact.zone)
        return lifecycle.ordered(tx.state.rules, complaint, agency, fact.number, event.time)

    await note(tx, events, lambda complaint, _: complaint, clock_change)


async def note_acknowledgement(tx: Tx[State], events: Sequence[Event[OrderAcknowledged]]) -> None:
    """An acknowledgement stops the clock of every order before it."""

    def change(complaint: Complaint, event: Event[OrderAcknowledged]) -> Complaint:
        return complaints.acknowledged(complaint, event.time)

    await note(tx, events, change, no_change)
