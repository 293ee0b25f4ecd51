"""The acts of officials: verify, forward, follow up, answer, archive; each act is recorded and published."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast
from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.answers import promise_with
from services.routing.actions.appeals import to_present_holder
from services.routing.actions.batches import (
    OF_KIN,
    Batch,
    begin_batch,
    dated,
    refusal_by_kin,
    refusal_of_promise,
    save_batch,
)
from services.routing.actions.cases import locked_cases
from services.routing.actions.contributions import refusal_of_named
from services.routing.actions.departures import taken_over
from services.routing.actions.drafts import Draft, as_drafted, draft_of, sealed_draft
from services.routing.actions.mergers import kin_of
from services.routing.actions.parts import origins_of
from services.routing.actions.points import refusal_of_points, words_with_points
from services.routing.actions.records import number_of
from services.routing.actions.refusals import refusal_for
from services.routing.actions.requests import ActRequest, ActResult, result_of, same_result
from services.routing.actions.substance import Saying, gap_of_words, refusal_of_text
from services.routing.domain.acts import Act, receiver, transition_of
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Case
from services.routing.domain.points import as_list
from services.routing.domain.records import PastAct
from services.routing.domain.refusals import RefusalReason
from services.routing.errors import HolderChanging
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownAgency, UnknownComplaint
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ANSWERED, APPEALED, Role


async def perform_acts(tx: Tx[State], requests: Sequence[ActRequest]) -> Sequence[ActResult | Exception]:
    """Decide the requests in order, each on the state that the one before it left.

    Outcomes: ActResult, UnknownComplaint, UnknownAgency, HolderChanging, KeyReused, or what a reason is refused by.
    """
    merged_into = {id for request in requests if (id := request.act.merged_into)}
    before = await locked_cases(tx, {request.complaint_id for request in requests} | merged_into)
    before = await taken_over(tx, before)
    keys = [(request.complaint_id, request.key) for request in requests if request.key]
    meant = [_meant(tx.state, one, case) if (case := before.get(one.complaint_id)) else one for one in requests]
    batch = await begin_batch(tx, before, keys, [saying for one in meant if (saying := one.saying)])
    batch.kin = await kin_of(tx, before if any(request.act.kind in OF_KIN for request in requests) else ())
    batch.origins = await origins_of(tx, [one.complaint_id for one in requests if one.act.parts])
    outcomes = [_perform(batch, request) for request in requests]
    await save_batch(tx, before, batch)
    return outcomes


def _perform(batch: Batch, request: ActRequest) -> ActResult | Exception:
    case = batch.cases.get(request.complaint_id)
    if case is None:
        return UnknownComplaint()
    recorded = batch.by_key.get((request.complaint_id, request.key)) if request.key else None
    same = same_result(batch.state, recorded, request) if recorded else None
    # Whoever has declared a case sensitive may know of it no longer, and is told once more that it is done.
    if not batch.state.may_know(request.actor, case) and not isinstance(same, ActResult):
        return UnknownComplaint()
    if same:
        return same
    request = _meant(batch.state, request, case)
    act, approver = request.act, batch.state.agency(case.holder).approver
    seen = batch.state.present(case)
    row = transition_of(act, seen, request.actor, batch.state.chain, approver)
    if isinstance(row, RefusalReason):
        return refusal_for(row)
    if act.agency and act.agency not in batch.state.directory.by_code:
        return UnknownAgency(field="agency")
    id = request.complaint_id
    refused = refusal_by_kin(batch, id, act, request.actor) or refusal_of_promise(batch, id, act, case)
    meant = refused or dated(batch, act, case)
    if isinstance(meant, RefusalReason):
        return refusal_for(meant)
    # Known to another replica only, which has read a newer directory: its events would name another agency here.
    by_code = batch.state.directory.by_code
    stays = case.state in (ANSWERED, APPEALED) and case.holder in batch.state.directory.successors
    if receiver(row, meant, seen if stays else case) not in by_code:
        return HolderChanging()
    refusal = _gap(batch, request) or refusal_of_points(batch.state, id, act, case)
    if refusal := refusal or refusal_of_named(batch.state, id, act, case):
        return refusal
    if request.promised and act.kind != ActKind.DRAFT:
        case = promise_with(batch, id, request.by, request.promised)
    after = case_after(row, _sealed(batch, request, meant), case, _sealed_points(batch, id, act))
    if act.kind == ActKind.ARCHIVING:
        after = replace(after, reopen_until=batch.reopen_until(case))
    return _record(batch, request, case, after)


def _meant(state: State, request: ActRequest, case: Case) -> ActRequest:
    """What a request comes to in this case: an answer may need approval, an approval publishes the draft that waits."""
    act = to_present_holder(state, as_drafted(state, request.act, case, request.actor), case)
    if act.kind != ActKind.APPROVAL or (draft := draft_of(state, request.complaint_id, case)) is None:
        return replace(request, act=act)
    due_on = draft.promised.due_on if draft.promised else None
    act = replace(act, due_on=due_on)
    return replace(request, act=act, words=draft.words, draft=draft, promised=draft.promised)


def _sealed(batch: Batch, request: ActRequest, act: Act) -> Act:
    """An act as a case keeps it: a title tells who is meant, and is sealed like all words, as is a draft."""
    if act.kind == ActKind.DRAFT and (saying := request.saying):
        draft = Draft(words_with_points(act, request.words) or "", saying, request.promised)
        return replace(act, draft=sealed_draft(batch.state, draft), author=cast(Role, request.by.role))
    if act.kind == ActKind.ORDER:
        return replace(act, given_by=request.by.agency)
    return replace(act, title=batch.state.seal(act.title, str(request.complaint_id))) if act.title else act


def _sealed_points(batch: Batch, id: UUID, act: Act) -> str | None:
    """The points that a verification lists."""
    lists = act.kind == ActKind.VERIFICATION and act.points
    return batch.state.seal(as_list(act.points), str(id)) if lists else None


def _gap(batch: Batch, request: ActRequest) -> Exception | None:
    """The refusal of words without substance."""
    gate = batch.state.gate
    if request.saying is None:
        return gap_of_words(gate, request.act.kind, request.words)
    gap = batch.said.gap(gate, request.saying)
    return refusal_of_text(gap) if gap else None


def _record(batch: Batch, request: ActRequest, before: Case, after: Case) -> ActResult:
    recorded = _past_act(batch, request, after)
    batch.note(recorded, before, after)
    if request.key:
        batch.by_key[request.complaint_id, request.key] = recorded
    if _is_said(request):
        batch.said.note(cast(Saying, request.saying))
    batch.note_promise(recorded)
    batch.open_parts(recorded, before, request.act.parts)
    return result_of(recorded)


def _is_said(request: ActRequest) -> bool:
    """Whether words reach the reporter: those of a draft do not, and may be said again."""
    return request.saying is not None and request.act.kind != ActKind.DRAFT


def _past_act(batch: Batch, request: ActRequest, after: Case) -> PastAct:
    words = words_with_points(request.act, request.words)
    return PastAct(
        id=uuid7(),
        complaint_id=request.complaint_id,
        kind=request.act.kind.value,
        at=batch.next_moment(request.complaint_id),
        by=request.by.subject,
        role=request.by.role,
        agency=request.by.agency,
        holder=after.holder,
        state=after.state,
        classification=request.act.classification,
        reason=request.act.reason,
        sealed=batch.state.seal(words, str(request.complaint_id)) if words else None,
        next_date=after.next_date if request.act.kind == ActKind.FOLLOW_UP else request.act.due_on,
        corrected_kind=request.act.corrected_kind,
        corrected=request.act.corrected,
        fingerprint=batch.said.fingerprint(cast(Saying, request.saying)) if _is_said(request) else None,
        idempotency_key=request.key,
        number=number_of(request.act, after),
        merged_into=request.act.merged_into,
    )
