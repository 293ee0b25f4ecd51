"""What reporters want done with their complaints: decided by the table under the lock of the case, and recorded."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.batches import Batch, begin_batch, save_batch
from services.routing.actions.cases import locked_cases
from services.routing.actions.departures import taken_over
from services.routing.actions.drafts import returned
from services.routing.actions.records import PastAct
from services.routing.domain.acts import Act, case_after
from services.routing.domain.cases import Case
from services.routing.domain.reporters import REFUSED, transition_of
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import ActRefused, ComplaintCompleted, ComplaintWithdrawn, Event, Fact, ReporterActed
from shared.lifecycle import Transition
from shared.vocabulary import COMPLETION

# Whoever reported is never named. No key of an official contains a space.
BY = "reporter"
KEY = "reporter {act}"


async def decide_acts(tx: Tx[State], events: Sequence[Event[ReporterActed]]) -> None:
    """Do what these reporters want, or tell them why not; each act of a case is decided once.

    Raises UnknownComplaint while a filing is parked here: the event is then parked behind it and not lost.
    """
    wanted = [event.fact for event in events]
    before = await locked_cases(tx, {fact.complaint_id for fact in wanted})
    if any(fact.complaint_id not in before for fact in wanted):
        raise UnknownComplaint
    before = await taken_over(tx, before)
    batch = await begin_batch(tx, before, [_key(fact) for fact in wanted])
    for fact in wanted:
        if _key(fact) not in batch.by_key:
            _decide(batch, fact)
    await save_batch(tx, before, batch)


def _key(fact: ReporterActed) -> tuple[UUID, str]:
    key = KEY.format(act=fact.act)
    return fact.complaint_id, f"{key} {fact.number}" if fact.number else key


def _decide(batch: Batch, fact: ReporterActed) -> None:
    id, before = fact.complaint_id, batch.cases[fact.complaint_id]
    row = transition_of(fact.act, before, fact.number)
    if isinstance(row, Transition):
        batch.cases[id] = case_after(row, Act(row.act), before)
        done = _record(batch, fact, fact.act, None)
        batch.facts.append((_done(fact, before, batch.cases[id]), done.at))
        batch.facts.extend((fact, done.at) for fact in returned(id, before, batch.cases[id], fact.act))
        return
    refused = _record(batch, fact, REFUSED.format(act=fact.act), row)
    said = ActRefused(complaint_id=id, agency=before.holder, act=fact.act, reason=row)
    batch.facts.append((said, refused.at))


def _record(batch: Batch, fact: ReporterActed, kind: str, reason: str | None) -> PastAct:
    case = batch.cases[fact.complaint_id]
    act = PastAct(
        id=uuid7(),
        complaint_id=fact.complaint_id,
        kind=kind,
        at=batch.next_moment(fact.complaint_id),
        by=BY,
        role="reporter",
        agency=None,
        holder=case.holder,
        state=case.state,
        reason=reason,
        sealed=fact.sealed,
        idempotency_key=_key(fact)[1],
    )
    batch.recorded.append(act)
    return act


def _done(fact: ReporterActed, before: Case, after: Case) -> Fact:
    id, agency, verifier = fact.complaint_id, before.holder, before.unverified_by
    if fact.act != COMPLETION:
        return ComplaintWithdrawn(complaint_id=id, agency=agency, verifier=verifier)
    return ComplaintCompleted(
        complaint_id=id,
        agency=agency,
        cycle=after.holds,
        state=after.state,
        sealed=fact.sealed or "",
        verifier=verifier,
    )
