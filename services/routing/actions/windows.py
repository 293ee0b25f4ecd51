"""After the answer: whether its notice has arrived, and what the system does once the reporter's window is over."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.routing.actions.batches import Batch, begin_batch, save_batch
from services.routing.actions.cases import locked_cases
from services.routing.actions.departures import taken_over
from services.routing.actions.records import done_by_system
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.holds import with_outcome
from services.routing.domain.windows import act_of_lapse, after_notice, needs_no_call
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import (
    Event,
    NoticesSettled,
    WindowLapsed,
)
from shared.lifecycle.acts import BY_SYSTEM, ActKind
from shared.lifecycle.table import transitions_of
from shared.vocabulary import EventType

# No official has acted: events and acts name the system. No key of an official contains a space.
KEY = "system {act} {window}"
ARRIVED = frozenset({"sent", "acknowledged"})
# Whoever has left no address at all cannot be reached by anybody, and loses nothing by a closing.
NO_CONTACT = "no_contact"
OF_REPORTER = frozenset({EventType.COMPLAINT_ANSWERED, EventType.COMPLAINT_HELD})


async def note_lapses(tx: Tx[State], events: Sequence[Event[WindowLapsed]]) -> None:
    """Close the cases whose reporters were reached and said nothing; have the other reporters called.

    Raises UnknownComplaint while a filing is parked here: the event is then parked behind it and not lost.
    """
    before = await locked_cases(tx, {event.fact.complaint_id for event in events})
    if any(event.fact.complaint_id not in before for event in events):
        raise UnknownComplaint
    before = await taken_over(tx, before)
    batch = await begin_batch(tx, before, [])
    for event in events:
        id, window = event.fact.complaint_id, event.fact.window
        if kind := act_of_lapse(batch.cases[id], window):
            _do(batch, id, kind, window)
    await save_batch(tx, before, batch)


async def note_notices(tx: Tx[State], events: Sequence[Event[NoticesSettled]]) -> None:
    """Keep of each answer and of each question whether it has reached the reporter, as far as is known."""
    told = [
        (notice, event.fact)
        for event in events
        if event.fact.role is None
        for notice in event.fact.notices
        if notice.cause in OF_REPORTER
    ]
    if not told:
        return
    before = await locked_cases(tx, {notice.complaint_id for notice, _ in told})
    batch = await begin_batch(tx, before, [])
    for notice, fact in told:
        if (case := batch.cases.get(notice.complaint_id)) is not None:
            is_question = notice.cause == EventType.COMPLAINT_HELD
            batch.cases[notice.complaint_id] = (
                with_outcome(case, notice.cycle, fact.outcome)
                if is_question
                else after_notice(case, notice.cycle, has_arrived(fact))
            )
            if needs_no_call(batch.cases[notice.complaint_id]):
                _do(batch, notice.complaint_id, ActKind.CONTACT, case.windows)
    await save_batch(tx, before, batch)


def has_arrived(fact: NoticesSettled) -> bool:
    """Whether a reporter was reached, or has left no way to be reached."""
    return fact.outcome in ARRIVED or fact.reason == NO_CONTACT


def _do(batch: Batch, id: UUID, kind: ActKind, window: int) -> None:
    [row] = transitions_of(kind, [BY_SYSTEM])
    at, case = batch.next_moment(id), batch.cases[id]
    after = case_after(row, Act(kind), case)
    if kind == ActKind.CLOSING:
        after = replace(after, closed_at=at, reopen_until=batch.reopen_until(case))
    done = done_by_system(
        id,
        kind,
        at,
        after,
        idempotency_key=KEY.format(act=kind, window=window),
    )
    batch.note(done, case, after)
