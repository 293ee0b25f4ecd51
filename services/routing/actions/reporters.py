"""What reporters want done with their complaints: decided by the table under the lock of the case, and recorded."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.batches import Batch, begin_batch, save_batch
from services.routing.actions.cases import locked_cases
from services.routing.actions.departures import taken_over
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.appeals import appellate_of
from services.routing.domain.cases import Case
from services.routing.domain.contests import judge_of
from services.routing.domain.records import PastAct
from services.routing.domain.reporters import CLOSING_TAKEN_BACK, REFUSED, REPEATED, refused_act, transition_of
from services.routing.domain.windows import takes_back_closing
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import (
    Event,
    ReporterActed,
)
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition
from shared.reporters import TO_APPEAL, TO_CONTEST

# Whoever reported is never named. No key of an official contains a space.
BY = "reporter"
KEY = "reporter {act}"
KEY_AT_STAGE = "reporter {act} {stage}"


async def decide_acts(tx: Tx[State], events: Sequence[Event[ReporterActed]]) -> None:
    """Do what these reporters want, or tell them why not; each act of a case is decided once.

    Raises UnknownComplaint while a filing is parked here: the event is then parked behind it and not lost.
    """
    before = await locked_cases(tx, {event.fact.complaint_id for event in events})
    if any(event.fact.complaint_id not in before for event in events):
        raise UnknownComplaint
    before = await taken_over(tx, before)
    keys = [key for event in events for key in (_key(event.fact), _former(event.fact)) if key]
    batch = await begin_batch(tx, before, keys)
    for event in events:
        if _key(event.fact) not in batch.by_key:
            _decide(batch, event)
    await save_batch(tx, before, batch)


def _key(fact: ReporterActed) -> tuple[UUID, str]:
    # A completion has the number of its hold, a reply its own, any other act the stage of the complaint.
    return fact.complaint_id, _name(fact.act, fact.number or fact.stage)


def _former(fact: ReporterActed) -> tuple[UUID, str] | None:
    """The key of the same act at the stage before, which this act may have ended."""
    return (fact.complaint_id, _name(fact.act, fact.stage - 1)) if fact.stage and not fact.number else None


def _name(act: str, stage: int) -> str:
    return (KEY_AT_STAGE if stage else KEY).format(act=act, stage=stage)


def _decide(batch: Batch, event: Event[ReporterActed]) -> None:
    fact, id = event.fact, event.fact.complaint_id
    before = batch.cases[id]
    row = transition_of(fact.act, before, event.time, fact.number)
    appellate = _decider(batch, fact, before)
    if isinstance(row, Transition) and row.act == ActKind.APPEAL and appellate is None:
        row = "highest"
    if isinstance(row, Transition):
        after = case_after(row, Act(row.act, appellate=appellate, wished_at=event.time), before)
        taken_back = CLOSING_TAKEN_BACK if takes_back_closing(before, event.time) else None
        batch.note(_record(batch, fact, row.act, taken_back, after), before, after, event.time)
        return
    if _was_done(batch, fact):
        batch.note(_record(batch, fact, REPEATED.format(act=fact.act), None, before), before, before)
        return
    batch.note(_record(batch, fact, REFUSED.format(act=fact.act), row, before), before, before)


def _decider(batch: Batch, fact: ReporterActed, case: Case) -> str | None:
    """The agency that decides what a reporter wants decided."""
    if fact.act == TO_CONTEST:
        return judge_of(case, batch.state.directory)
    return appellate_of(case, batch.state.directory) if fact.act == TO_APPEAL else None


def _was_done(batch: Batch, fact: ReporterActed) -> bool:
    """Whether a reporter asks once more for what has just been done: that is no new wish, and nobody is refused."""
    former = (key := _former(fact)) and batch.by_key.get(key)
    return former is not None and refused_act(former.kind) is None


def _record(batch: Batch, fact: ReporterActed, kind: str, reason: str | None, case: Case) -> PastAct:
    act = PastAct(
        id=uuid7(),
        complaint_id=fact.complaint_id,
        kind=kind,
        at=batch.next_moment(fact.complaint_id),
        by=BY,
        role="reporter",
        # Nobody acts for an agency; an appeal or a contest names the one that decides it.
        agency={ActKind.APPEAL.value: case.appellate, ActKind.CONTEST.value: case.judge}.get(kind),
        holder=case.holder,
        state=case.state,
        reason=reason,
        number={ActKind.CONTEST.value: case.contests, ActKind.CONSENT.value: case.referrals}.get(kind),
        sealed=fact.sealed,
        contested_at=case.contested_at if kind == ActKind.CONTEST else None,
        idempotency_key=_key(fact)[1],
    )
    batch.by_key[_key(fact)] = act
    return act
