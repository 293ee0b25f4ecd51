"""Holds and mergers at their limit: a case whose reporter has not answered is archived, or it goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.routing.actions.batches import Batch, begin_batch, save_batch
from services.routing.actions.cases import locked_cases
from services.routing.actions.departures import taken_over
from services.routing.actions.records import UNREACHED, done_by_system
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Case
from services.routing.domain.holds import act_at_the_end, row_at_the_end
from services.routing.domain.records import PastAct
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import DeadlineMissed, Event
from shared.lifecycle.acts import ActKind

# What the reporter reads of an archiving that nobody has written.
UNANSWERED = "Pertanyaan kami tidak Anda jawab sampai batas waktunya, sehingga laporan ini diarsipkan."


async def end_holds(tx: Tx[State], events: Sequence[Event[DeadlineMissed]]) -> None:
    """Archive or resume the cases whose hold has reached its limit, and separate those whose merger has.

    One that is over already stays as it is.

    Raises UnknownComplaint while a filing is parked here: the event is then parked behind it and not lost.
    """
    if not events:
        return
    before = await locked_cases(tx, {event.fact.complaint_id for event in events})
    if any(event.fact.complaint_id not in before for event in events):
        raise UnknownComplaint
    before = await taken_over(tx, before)
    batch = await begin_batch(tx, before, [])
    for event in events:
        act = act_at_the_end(batch.cases[event.fact.complaint_id], event.fact.cycle, event.fact.clock)
        if act is not None:
            _do(batch, event.fact, act)
    await save_batch(tx, before, batch)


def _do(batch: Batch, fact: DeadlineMissed, act: Act) -> None:
    before = batch.cases[fact.complaint_id]
    after = case_after(row_at_the_end(act, before), act, before)
    at = batch.next_moment(fact.complaint_id)
    if act.kind == ActKind.ARCHIVING:
        after = replace(after, closed_at=at, reopen_until=batch.reopen_until(before))
    batch.note(_record(batch, fact, act, at, after), before, after)


def _record(batch: Batch, fact: DeadlineMissed, act: Act, at: datetime, after: Case) -> PastAct:
    id, archives = fact.complaint_id, act.kind == ActKind.ARCHIVING
    return done_by_system(
        id,
        act.kind,
        at,
        after,
        reason=UNREACHED if act.kind == ActKind.RESUMPTION else act.reason,
        sealed=batch.state.seal(UNANSWERED, str(id)) if archives else None,
    )
