"""Holds: whether a question has reached its reporter, and what becomes of a case whose reporter has not answered."""

from collections.abc import Sequence

from uuid_utils.compat import uuid7

from services.routing.actions.batches import Batch, begin_batch, save_batch
from services.routing.actions.cases import locked_cases, save_cases
from services.routing.actions.departures import taken_over
from services.routing.actions.records import UNREACHED, PastAct, facts_of
from services.routing.domain.acts import Act, case_after
from services.routing.domain.cases import Case
from services.routing.domain.holds import act_at_the_end, row_at_the_end, with_outcome
from services.routing.state import State
from shared.acts import ActKind
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import DeadlineMissed, Event, NoticesSettled
from shared.vocabulary import EventType

BY = "system"
# What the reporter reads of an archiving that nobody has written.
UNANSWERED = "Pertanyaan kami tidak Anda jawab sampai batas waktunya, sehingga laporan ini diarsipkan."


async def note_questions(tx: Tx[State], events: Sequence[Event[NoticesSettled]]) -> None:
    """Keep of each case on hold whether its question has reached the reporter, as far as is known."""
    settled = [
        (notice, event.fact.outcome)
        for event in events
        if event.fact.role is None
        for notice in event.fact.notices
        if notice.cause == EventType.COMPLAINT_HELD
    ]
    if not settled:
        return
    before = await locked_cases(tx, {notice.complaint_id for notice, _ in settled})
    after = dict(before)
    for notice, outcome in settled:
        if (case := after.get(notice.complaint_id)) is not None:
            after[notice.complaint_id] = with_outcome(case, notice.cycle, outcome)
    await save_cases(tx, before, after)


async def end_holds(tx: Tx[State], events: Sequence[Event[DeadlineMissed]]) -> None:
    """Archive or resume the cases whose hold has reached its limit; one that is over already stays as it is.

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
        act = act_at_the_end(batch.cases[event.fact.complaint_id], event.fact.cycle)
        if act is not None:
            _do(batch, event.fact, act)
    await save_batch(tx, before, batch)


def _do(batch: Batch, fact: DeadlineMissed, act: Act) -> None:
    before = batch.cases[fact.complaint_id]
    after = batch.cases[fact.complaint_id] = case_after(row_at_the_end(act), act, before)
    done = _record(batch, fact, act, after)
    batch.recorded.append(done)
    batch.facts.extend((told, done.at) for told in facts_of(batch.state, act, done, before, after))


def _record(batch: Batch, fact: DeadlineMissed, act: Act, after: Case) -> PastAct:
    id, archives = fact.complaint_id, act.kind == ActKind.ARCHIVING
    return PastAct(
        id=uuid7(),
        complaint_id=id,
        kind=act.kind.value,
        at=batch.next_moment(id),
        by=BY,
        role="system",
        agency=None,
        holder=after.holder,
        state=after.state,
        reason=act.reason if archives else UNREACHED,
        sealed=batch.state.seal(UNANSWERED, str(id)) if archives else None,
    )
