"""Answers: what is promised with one becomes a promise of its own, made just before it in the same transaction."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.batches import Batch
from services.routing.actions.drafts import Promised
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Case
from services.routing.domain.records import PastAct
from shared.identity.officials import Official
from shared.lifecycle.acts import OF_HOLDER, ActKind
from shared.lifecycle.table import transitions_of


def promise_with(batch: Batch, id: UUID, by: Official, promised: Promised) -> Case:
    """The case with what its answer promises, which is recorded; whoever may publish the answer may promise in it."""
    [row] = transitions_of(ActKind.PROMISE, [OF_HOLDER])
    before = batch.cases[id]
    after = case_after(row, Act(ActKind.PROMISE, due_on=promised.due_on), before)
    done = PastAct(
        id=uuid7(),
        complaint_id=id,
        kind=ActKind.PROMISE.value,
        at=batch.next_moment(id),
        by=by.subject,
        role=by.role,
        agency=by.agency,
        holder=after.holder,
        state=after.state,
        sealed=batch.state.seal(promised.words, str(id)),
        next_date=promised.due_on,
        number=after.commitments,
    )
    batch.note(done, before, after)
    batch.note_promise(done)
    return batch.cases[id]
