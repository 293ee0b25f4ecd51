"""The acts of officials: verify, forward, follow up, answer, archive; each act is recorded and published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
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
from services.routing.actions.drafts import Draft, Promised, as_drafted, draft_of, sealed_draft
from services.routing.actions.mergers import kin_of
from services.routing.actions.parts import origins_of
from services.routing.actions.points import refusal_of_points, words_with_points
from services.routing.actions.records import PastAct, number_of
from services.routing.actions.substance import Saying, refusal_of_text
from services.routing.domain.acts import Act, receiver, transition_of
from services.routing.domain.afters import case_after
from services.routing.domain.appeals import DECISIONS
from services.routing.domain.cases import Actor, Case
from services.routing.domain.points import as_list
from services.routing.domain.refusals import RefusalReason
from services.routing.errors import HolderChanging, refusal_for
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import KeyReused, UnknownAgency, UnknownComplaint
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ROOT, ArchiveReason, Classification, Role

# The acts whose words must have substance; an approval publishes those of the draft, which are judged once more.
SUBSTANTIVE = frozenset({ActKind.FOLLOW_UP, ActKind.INTERIM, ActKind.ANSWER, ActKind.DRAFT, *DECISIONS})


@dataclass(frozen=True, slots=True)
class ActRequest:
    """An act that an official asks for; `words` are a note, a reason, a follow-up or an answer.

    An approval publishes the `draft` that waits. With an answer something may be `promised`.
    """

    complaint_id: UUID
    act: Act
    by: Official
    key: str | None = None
    words: str | None = None
    draft: Draft | None = None
    promised: Promised | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.by.role, self.by.agency)

    @property
    def saying(self) -> Saying | None:
        """What a follow-up or an answer says, which must have substance."""
        if self.draft:
            return self.draft.saying
        if self.act.kind not in SUBSTANTIVE or not self.words:
            return None
        return Saying(self.complaint_id, self.by.agency or ROOT, self.words)


@dataclass(frozen=True, slots=True)
class ActResult:
    """An act, with the agency that holds the complaint after it and its state; `next_date` is a follow-up's.

    An answer that needs approval is of the kind `draft`. A draft or a promise has a `number`, and a promise the day for
    which it stands as its `next_date`.
    """

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: vocabulary.State
    next_date: date | None = None
    number: int | None = None


def verification(
    id: UUID,
    by: Official,
    key: str | None,
    *,
    classification: Classification,
    agency: str | None,
    note: str | None,
    points: Sequence[str] = (),
) -> ActRequest:
    """Verify, classify and dispose a complaint, to the agency proposed or to `agency`, and list what it raises."""
    return ActRequest(id, Act(ActKind.VERIFICATION, classification, agency, points=tuple(points)), by, key, note)


def forward(id: UUID, by: Official, key: str | None, *, agency: str | None, reason: str) -> ActRequest:
    """Pass a complaint on to `agency`, or without it back to the verifier."""
    return ActRequest(id, Act(ActKind.FORWARD, agency=agency), by, key, reason)


def follow_up(id: UUID, by: Official, key: str | None, *, text: str, next_date: date | None = None) -> ActRequest:
    """Tell the reporter what was done, and until when there will be news."""
    return ActRequest(id, Act(ActKind.FOLLOW_UP, next_date=next_date), by, key, text)


def answer(
    id: UUID,
    by: Official,
    key: str | None,
    *,
    text: str,
    points: Sequence[str] = (),
    promised: Promised | None = None,
) -> ActRequest:
    """Give the final answer, and one to each point that was listed; something may be promised with it."""
    act = Act(ActKind.ANSWER, points=tuple(points), due_on=promised.due_on if promised else None)
    return ActRequest(id, act, by, key, text, promised=promised)


def promise(id: UUID, by: Official, key: str | None, *, promised: Promised) -> ActRequest:
    """Promise something until the end of a day."""
    return ActRequest(id, Act(ActKind.PROMISE, due_on=promised.due_on), by, key, promised.words)


def postponement(id: UUID, by: Official, key: str | None, *, number: int, due_on: date, reason: str) -> ActRequest:
    """Move a promise to another day, with the reason."""
    return ActRequest(id, Act(ActKind.POSTPONEMENT, number=number, due_on=due_on), by, key, reason)


def quiet(
    kind: ActKind, id: UUID, by: Official, key: str | None, *, text: str | None = None, **about: Any
) -> ActRequest:
    """An act that needs no more than words, and may be `about` a draft of a number, or a case to be merged into."""
    return ActRequest(id, Act(kind, **about), by, key, text)


def archiving(id: UUID, by: Official, key: str | None, *, reason: ArchiveReason, text: str) -> ActRequest:
    """End a complaint without an answer; `text` tells its reporter why."""
    return ActRequest(id, Act(ActKind.ARCHIVING, reason=reason), by, key, text)


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
    same = _same_result(batch.state, recorded, request) if recorded else None
    # Whoever has declared a case sensitive may know of it no longer, and is told once more that it is done.
    if not batch.state.may_know(request.actor, case) and not isinstance(same, ActResult):
        return UnknownComplaint()
    if same:
        return same
    request = _meant(batch.state, request, case)
    act, approver = request.act, batch.state.agency(case.holder).approver
    row = transition_of(act, case, request.actor, batch.state.chain, approver)
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
    if receiver(row, meant, case) not in batch.state.directory.by_code:
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
    return replace(act, title=batch.state.seal(act.title, str(request.complaint_id))) if act.title else act


def _sealed_points(batch: Batch, id: UUID, act: Act) -> str | None:
    """The points that a verification lists."""
    lists = act.kind == ActKind.VERIFICATION and act.points
    return batch.state.seal(as_list(act.points), str(id)) if lists else None


def _gap(batch: Batch, request: ActRequest) -> Exception | None:
    """The refusal of words without substance."""
    gap = batch.said.gap(batch.state.gate, request.saying) if request.saying else None
    return refusal_of_text(gap) if gap else None


def _same_result(state: State, recorded: PastAct, request: ActRequest) -> ActResult | Exception:
    """The result given before, or KeyReused: words that come with a used key must not be lost without a sign."""
    act, by = request.act, request.by
    words = recorded.sealed and state.read(recorded.sealed, str(request.complaint_id)).get("text")
    asked = words_with_points(act, request.words)
    kind = ActKind.ANSWER if recorded.kind == ActKind.DRAFT else recorded.kind
    before = (kind, recorded.by, recorded.role, recorded.agency, recorded.classification, recorded.reason)
    same = before == (act.kind, by.subject, by.role, by.agency, act.classification, act.reason)
    same &= words == asked or act.kind == ActKind.APPROVAL
    same &= act.agency in (None, recorded.holder) and act.next_date in (None, recorded.next_date)
    same &= act.merged_into == recorded.merged_into and act.number in (None, recorded.number)
    same &= act.due_on in (None, recorded.next_date)
    return _result(recorded) if same else KeyReused()


def _record(batch: Batch, request: ActRequest, before: Case, after: Case) -> ActResult:
    recorded = _past_act(batch, request, after)
    batch.note(recorded, before, after)
    if request.key:
        batch.by_key[request.complaint_id, request.key] = recorded
    if _is_said(request):
        batch.said.note(cast(Saying, request.saying))
    batch.note_promise(recorded)
    batch.open_parts(recorded, before, request.act.parts)
    return _result(recorded)


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


def _result(act: PastAct) -> ActResult:
    return ActResult(act.id, act.complaint_id, act.kind, act.at, act.holder, act.state, act.next_date, act.number)
