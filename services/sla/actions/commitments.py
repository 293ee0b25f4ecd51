"""What an agency promises has a clock of its own, until it is kept or the complaint ends without an answer."""

from collections.abc import Sequence

from services.sla.actions.complaints import note
from services.sla.domain.clocks import Clock
from services.sla.domain.commitments import Promise, promised
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import Event, PromiseKept, PromiseMade, PromiseMoved

Told = PromiseMade | PromiseKept | PromiseMoved


async def note_promise(tx: Tx[State], events: Sequence[Event[Told]]) -> None:
    """A promise begins its clock, moves its day, or stops it; each event is enough to know the promise."""

    def change(complaint: Complaint, _: Event[Told]) -> Complaint:
        return complaint

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[Told]) -> Changes:
        return promised(tx.state.rules, complaint, clocks, event.fact.agency, _promise(event))

    await note(tx, events, change, clock_change)


def _promise(event: Event[Told]) -> Promise:
    fact = event.fact
    if isinstance(fact, PromiseMade):
        return Promise(fact.number, event.time, fact.due_on, is_new=True)
    return Promise(fact.number, fact.made_at, fact.due_on, event.time if isinstance(fact, PromiseKept) else None)
