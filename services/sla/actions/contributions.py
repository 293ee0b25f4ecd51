"""Whoever is asked to contribute has a clock until the day; a missed one climbs the chain of the unit."""

from collections.abc import Sequence

from services.sla.actions.complaints import note
from services.sla.domain.clocks import Clock
from services.sla.domain.commitments import Promise, promised
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ContributionGiven, ContributionRequested, Event
from shared.vocabulary import SUPPORT

Told = ContributionRequested | ContributionGiven


async def note_contribution(tx: Tx[State], events: Sequence[Event[Told]]) -> None:
    """A request begins a clock, and the first contribution under its number stops it."""

    def change(complaint: Complaint, _: Event[Told]) -> Complaint:
        return complaint

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[Told]) -> Changes:
        return promised(tx.state.rules, complaint, clocks, event.fact.agency, _asked(event), SUPPORT)

    await note(tx, events, change, clock_change)


def _asked(event: Event[Told]) -> Promise:
    fact = event.fact
    is_new = isinstance(fact, ContributionRequested)
    return Promise(fact.number, fact.asked_at, fact.due_on, None if is_new else event.time, is_new=is_new)
