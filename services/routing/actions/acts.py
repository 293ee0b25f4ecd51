"""The acts of officials: verify, forward, follow up, answer, archive; each act is recorded and published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.routing.actions.agencies import ref_of
from services.routing.actions.cases import last_acts, locked_cases, moment_after, save_cases
from services.routing.actions.departures import taken_over
from services.routing.domain.acts import Act, RefusalReason, case_after, transition_of
from services.routing.domain.cases import Actor, Case
from services.routing.errors import HolderChanging, refusal_for
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import KeyReused, UnknownAgency, UnknownComplaint
from shared.events import (
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintForwarded,
    ComplaintVerified,
    Fact,
    FollowUpRecorded,
)
from shared.identity.officials import Official
from shared.lifecycle import ActKind
from shared.vocabulary import ROOT, ActorRole, ArchiveReason, Classification


@dataclass(frozen=True, slots=True)
class ActRequest:
    """An act that an official asks for; `words` are a note, a reason, a follow-up or an answer."""

    complaint_id: UUID
    act: Act
    by: Official
    key: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class ActResult:
    """An act, with the agency that holds the complaint after it and its state."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: vocabulary.State


@dataclass(frozen=True, slots=True)
class PastAct:
    """An act on record: a row of `acts`."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    by: str
    role: ActorRole
    agency: str | None
    holder: str
    state: vocabulary.State
    classification: Classification | None
    reason: str | None
    sealed: str | None
    idempotency_key: str | None


ACT_FIELDS = tuple(field.name for field in fields(PastAct))
IS_OF_BATCH = ActRecord.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
# Also finds the key of one complaint on another complaint of the batch; the caller looks up complaint and key together.
ACTS_BY_KEY = select(*(getattr(ActRecord, name) for name in ACT_FIELDS)).where(
    IS_OF_BATCH, ActRecord.idempotency_key == any_(bindparam("keys", type_=ARRAY(Text)))
)
ActsByKey = dict[tuple[UUID, str], PastAct]


@dataclass(slots=True)
class Batch:
    """The acts of one transaction: cases as changed so far, acts by key, moments of last acts, new acts and facts."""

    state: State
    now: datetime
    cases: dict[UUID, Case]
    by_key: ActsByKey
    last_at: dict[UUID, datetime]
    recorded: list[PastAct] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)

    def next_moment(self, id: UUID) -> datetime:
        """Now, but later than the case's last act, even if another replica's clock was ahead of ours."""
        self.last_at[id] = moment_after(self.last_at.get(id), self.now)
        return self.last_at[id]


def verification(
    id: UUID, by: Official, key: str | None, *, classification: Classification, agency: str | None, note: str | None
) -> ActRequest:
    """Verify, classify and dispose a complaint: to the agency proposed, or to `agency`."""
    return ActRequest(id, Act(ActKind.VERIFICATION, classification, agency), by, key, note)


def forward(id: UUID, by: Official, key: str | None, *, agency: str | None, reason: str) -> ActRequest:
    """Pass a complaint on to `agency`, or without it back to the verifier."""
    return ActRequest(id, Act(ActKind.FORWARD, agency=agency), by, key, reason)


def follow_up(id: UUID, by: Official, key: str | None, *, text: str) -> ActRequest:
    """Tell the reporter what is being done."""
    return ActRequest(id, Act(ActKind.FOLLOW_UP), by, key, text)


def answer(id: UUID, by: Official, key: str | None, *, text: str) -> ActRequest:
    """Give the final answer."""
    return ActRequest(id, Act(ActKind.ANSWER), by, key, text)


def archiving(id: UUID, by: Official, key: str | None, *, reason: ArchiveReason, text: str) -> ActRequest:
    """End a complaint without an answer; `text` tells its reporter why."""
    return ActRequest(id, Act(ActKind.ARCHIVING, reason=reason), by, key, text)


async def perform_acts(tx: Tx[State], requests: Sequence[ActRequest]) -> Sequence[ActResult | Exception]:
    """Decide the requests in order, each on the state that the one before it left.

    Outcomes: ActResult, UnknownComplaint, NotYourCase, AlreadyVerified, AlreadyAnswered, AlreadyArchived,
    AlreadyWithdrawn, NotVerified, TooManyTransfers, UnknownAgency, OnlyGivesBack, SameHolder, HolderChanging,
    KeyReused.
    """
    before = await locked_cases(tx, {request.complaint_id for request in requests})
    before = await taken_over(tx, before)
    batch = await begin_batch(tx, before, [(request.complaint_id, request.key) for request in requests if request.key])
    outcomes = [_perform(batch, request) for request in requests]
    await save_batch(tx, before, batch)
    return outcomes


async def begin_batch(tx: Tx[State], cases: Mapping[UUID, Case], keys: Sequence[tuple[UUID, str]]) -> Batch:
    """A batch of acts on these cases, which are locked, with the acts that were done before by these keys."""
    # Acts and clock are read after the lock: a request with the same key that came first has committed by now.
    last_at = await last_acts(tx, cases)
    return Batch(tx.state, max(tx.now, tx.clock.now()), dict(cases), await _acts_by_key(tx, keys), last_at)


async def save_batch(tx: Tx[State], before: Mapping[UUID, Case], batch: Batch) -> None:
    """Record the acts, write the cases that they changed, and publish what follows."""
    await tx.insert(ActRecord, [{name: getattr(act, name) for name in ACT_FIELDS} for act in batch.recorded])
    await save_cases(tx, before, batch.cases)
    for fact, at in batch.facts:
        tx.stage(fact, at=at)


async def _acts_by_key(tx: Tx[State], wanted: Sequence[tuple[UUID, str]]) -> ActsByKey:
    if not wanted:
        return {}
    ids, keys = zip(*wanted, strict=True)
    found = await tx.records(PastAct, ACTS_BY_KEY, {"ids": list(ids), "keys": list(keys)})
    return {(act.complaint_id, str(act.idempotency_key)): act for act in found}


def _perform(batch: Batch, request: ActRequest) -> ActResult | Exception:
    case, act = batch.cases.get(request.complaint_id), request.act
    if case is None:
        return UnknownComplaint()
    if request.key and (recorded := batch.by_key.get((request.complaint_id, request.key))):
        return _same_result(batch.state, recorded, request)
    row = transition_of(act, case, Actor(request.by.role, request.by.agency), batch.state.chain)
    if isinstance(row, RefusalReason):
        return refusal_for(row)
    if act.agency and act.agency not in batch.state.directory.by_code:
        return UnknownAgency(field="agency")
    after = case_after(row, act, case)
    # Known to another replica only, which has read a newer directory: its events would name another agency here.
    if after.holder not in batch.state.directory.by_code:
        return HolderChanging()
    return _record(batch, request, case, after)


def _same_result(state: State, recorded: PastAct, request: ActRequest) -> ActResult | Exception:
    """The result given before, or KeyReused: words that come with a used key must not be lost without a sign."""
    act, by = request.act, request.by
    words = recorded.sealed and state.read(recorded.sealed, str(request.complaint_id)).get("text")
    before = (recorded.kind, recorded.by, recorded.role, recorded.agency, recorded.classification, recorded.reason)
    same = before == (act.kind, by.subject, by.role, by.agency, act.classification, act.reason)
    same = same and words == request.words
    return _result(recorded) if same and act.agency in (None, recorded.holder) else KeyReused()


def _record(batch: Batch, request: ActRequest, before: Case, after: Case) -> ActResult:
    recorded = _past_act(batch, request, after)
    batch.cases[request.complaint_id] = after
    batch.recorded.append(recorded)
    if request.key:
        batch.by_key[request.complaint_id, request.key] = recorded
    batch.facts.extend((fact, recorded.at) for fact in _facts(batch.state, request.act, recorded, before, after))
    return _result(recorded)


def _past_act(batch: Batch, request: ActRequest, after: Case) -> PastAct:
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
        sealed=batch.state.seal(request.words, str(request.complaint_id)) if request.words else None,
        idempotency_key=request.key,
    )


def _result(act: PastAct) -> ActResult:
    return ActResult(act.id, act.complaint_id, act.kind, act.at, act.holder, act.state)


def _facts(state: State, act: Act, recorded: PastAct, before: Case, after: Case) -> Iterable[Fact]:
    # Events name the agency that acted, never the person.
    id, by = recorded.complaint_id, recorded.agency or ROOT
    receiver = ref_of(state.agency(after.holder))
    if act.kind == ActKind.VERIFICATION:
        classification = cast(Classification, after.classification)
        yield ComplaintVerified(complaint_id=id, by=by, classification=classification)
        yield ComplaintForwarded(complaint_id=id, agency=receiver, by=by, transfers=after.transfers)
    elif act.kind == ActKind.FORWARD:
        yield ComplaintForwarded(
            complaint_id=id,
            agency=receiver,
            by=by,
            previous=before.holder,
            transfers=after.transfers,
            sealed=recorded.sealed,
        )
    elif act.kind == ActKind.FOLLOW_UP:
        yield FollowUpRecorded(complaint_id=id, agency=after.holder, sealed=cast(str, recorded.sealed))
    elif act.kind == ActKind.ANSWER:
        yield ComplaintAnswered(complaint_id=id, agency=after.holder, sealed=cast(str, recorded.sealed))
    elif act.kind == ActKind.ARCHIVING:
        yield ComplaintArchived(
            complaint_id=id,
            agency=after.holder,
            by=by,
            reason=cast(ArchiveReason, act.reason),
            sealed=cast(str, recorded.sealed),
        )
