"""The acts of officials: verify, forward, follow up, answer, archive; each act is recorded and published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.cases import last_acts, locked_cases, moment_after, save_cases
from services.routing.actions.departures import taken_over
from services.routing.actions.points import refusal_of_points, words_with_points
from services.routing.actions.records import ACT_FIELDS, ActsByKey, PastAct, acts_by_key, facts_of
from services.routing.actions.substance import Saying, Sayings, sayings
from services.routing.domain.acts import Act, RefusalReason, case_after, transition_of
from services.routing.domain.cases import Actor, Case
from services.routing.domain.next_dates import next_date, reopen_until
from services.routing.domain.points import as_list
from services.routing.errors import HolderChanging, NothingCorrected, refusal_for, refusal_of_text
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import KeyReused, UnknownAgency, UnknownComplaint
from shared.events import Fact
from shared.identity.officials import Official
from shared.lifecycle import ActKind
from shared.vocabulary import KIND_LABELS, ROOT, ArchiveReason, Classification, Kind

# The acts whose words must have substance.
SUBSTANTIVE = frozenset({ActKind.FOLLOW_UP, ActKind.ANSWER})


@dataclass(frozen=True, slots=True)
class ActRequest:
    """An act that an official asks for; `words` are a note, a reason, a follow-up or an answer."""

    complaint_id: UUID
    act: Act
    by: Official
    key: str | None = None
    words: str | None = None

    @property
    def saying(self) -> Saying | None:
        """What a follow-up or an answer says, which must have substance."""
        if self.act.kind not in SUBSTANTIVE or not self.words:
            return None
        return Saying(self.complaint_id, self.by.agency or ROOT, self.words)


@dataclass(frozen=True, slots=True)
class ActResult:
    """An act, with the agency that holds the complaint after it and its state; `next_date` is a follow-up's."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: vocabulary.State
    next_date: date | None = None


@dataclass(slots=True)
class Batch:
    """The acts of one transaction: cases as changed so far, acts by key, moments of last acts, what was said before,
    new acts and facts."""

    state: State
    now: datetime
    cases: dict[UUID, Case]
    by_key: ActsByKey
    last_at: dict[UUID, datetime]
    said: Sayings
    recorded: list[PastAct] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)

    def next_moment(self, id: UUID) -> datetime:
        """Now, but later than the case's last act, even if another replica's clock was ahead of ours."""
        self.last_at[id] = moment_after(self.last_at.get(id), self.now)
        return self.last_at[id]

    def reopen_until(self, case: Case) -> datetime:
        """Until when a case that ends now can be reopened, by the calendar of its holder."""
        return reopen_until(self.state.calendars[self.state.agency(case.holder).zone], self.now)


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


def answer(id: UUID, by: Official, key: str | None, *, text: str, points: Sequence[str] = ()) -> ActRequest:
    """Give the final answer, and one to each point that was listed."""
    return ActRequest(id, Act(ActKind.ANSWER, points=tuple(points)), by, key, text)


def quiet(kind: ActKind, id: UUID, by: Official, key: str | None, *, text: str | None = None) -> ActRequest:
    """An act that changes no state: a note, an obstacle, an order or its acknowledgement, or a call to the reporter."""
    return ActRequest(id, Act(kind), by, key, text)


def correction(
    id: UUID, by: Official, key: str | None, *, title: str | None, kind: Kind | None, reason: str
) -> ActRequest:
    """Correct what the reporter called the complaint, or its kind; raises NothingCorrected."""
    if title is None and kind is None:
        raise NothingCorrected(field="title")
    lines = [f"Judul: {title}"] if title else []
    lines += [f"Jenis: {KIND_LABELS[kind]}"] if kind else []
    act = Act(ActKind.CORRECTION, title=title, corrected_kind=kind)
    return ActRequest(id, act, by, key, "\n".join([*lines, reason]))


def archiving(id: UUID, by: Official, key: str | None, *, reason: ArchiveReason, text: str) -> ActRequest:
    """End a complaint without an answer; `text` tells its reporter why."""
    return ActRequest(id, Act(ActKind.ARCHIVING, reason=reason), by, key, text)


async def perform_acts(tx: Tx[State], requests: Sequence[ActRequest]) -> Sequence[ActResult | Exception]:
    """Decide the requests in order, each on the state that the one before it left.

    Outcomes: ActResult, UnknownComplaint, NotYourCase, AlreadyVerified, AlreadyAnswered, AlreadyClosed,
    AlreadyArchived, AlreadyWithdrawn, NotVerified, TooManyTransfers, UnknownAgency, OnlyGivesBack, SameHolder,
    HolderChanging, KeyReused.
    """
    before = await locked_cases(tx, {request.complaint_id for request in requests})
    before = await taken_over(tx, before)
    keys = [(request.complaint_id, request.key) for request in requests if request.key]
    batch = await begin_batch(tx, before, keys, [saying for request in requests if (saying := request.saying)])
    outcomes = [_perform(batch, request) for request in requests]
    await save_batch(tx, before, batch)
    return outcomes


async def begin_batch(
    tx: Tx[State], cases: Mapping[UUID, Case], keys: Sequence[tuple[UUID, str]], new: Sequence[Saying] = ()
) -> Batch:
    """A batch of acts on these cases, which are locked: what was done before by these keys, and said in these words."""
    # Acts and clock are read after the lock: a request with the same key that came first has committed by now.
    last_at = await last_acts(tx, cases)
    now = max(tx.now, tx.clock.now())
    return Batch(tx.state, now, dict(cases), await acts_by_key(tx, keys), last_at, await sayings(tx, new, now))


async def save_batch(tx: Tx[State], before: Mapping[UUID, Case], batch: Batch) -> None:
    """Record the acts, write the cases that they changed, and publish what follows."""
    await tx.insert(ActRecord, [{name: getattr(act, name) for name in ACT_FIELDS} for act in batch.recorded])
    await save_cases(tx, before, batch.cases)
    for fact, at in batch.facts:
        tx.stage(fact, at=at)


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
    dated = _dated(batch, act, case)
    if isinstance(dated, RefusalReason):
        return refusal_for(dated)
    id = request.complaint_id
    after = case_after(row, _sealed(batch, id, dated), case, _sealed_points(batch, id, act))
    if act.kind == ActKind.ARCHIVING:
        after = replace(after, reopen_until=batch.reopen_until(case))
    # Known to another replica only, which has read a newer directory: its events would name another agency here.
    if after.holder not in batch.state.directory.by_code:
        return HolderChanging()
    refusal = _gap(batch, request) or refusal_of_points(batch.state, id, act, case)
    return refusal or _record(batch, request, case, after)


def _dated(batch: Batch, act: Act, case: Case) -> Act | RefusalReason:
    """A follow-up with its next date, by the calendar of the holder; any other act as it is."""
    if act.kind != ActKind.FOLLOW_UP:
        return act
    zone = batch.state.agency(case.holder).zone
    found = next_date(batch.state.calendars[zone], zone, batch.now, act.next_date)
    return found if isinstance(found, RefusalReason) else replace(act, next_date=found)


def _sealed(batch: Batch, id: UUID, act: Act) -> Act:
    """An act as a case keeps it: a title tells who is meant, and is sealed like all words."""
    return replace(act, title=batch.state.seal(act.title, str(id))) if act.title else act


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
    before = (recorded.kind, recorded.by, recorded.role, recorded.agency, recorded.classification, recorded.reason)
    same = before == (act.kind, by.subject, by.role, by.agency, act.classification, act.reason) and words == asked
    same &= act.agency in (None, recorded.holder) and act.next_date in (None, recorded.next_date)
    return _result(recorded) if same else KeyReused()


def _record(batch: Batch, request: ActRequest, before: Case, after: Case) -> ActResult:
    recorded = _past_act(batch, request, after)
    batch.cases[request.complaint_id] = after
    batch.recorded.append(recorded)
    if request.key:
        batch.by_key[request.complaint_id, request.key] = recorded
    if request.saying:
        batch.said.note(request.saying)
    batch.facts.extend((fact, recorded.at) for fact in facts_of(batch.state, request.act, recorded, before, after))
    return _result(recorded)


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
        next_date=after.next_date if request.act.kind == ActKind.FOLLOW_UP else None,
        corrected_kind=request.act.corrected_kind,
        fingerprint=batch.said.fingerprint(request.saying) if request.saying else None,
        idempotency_key=request.key,
    )


def _result(act: PastAct) -> ActResult:
    return ActResult(act.id, act.complaint_id, act.kind, act.at, act.holder, act.state, act.next_date)
