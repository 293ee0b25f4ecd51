"""What officials do with a case: verify, forward, follow up, answer; each act is kept and told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from uuid_utils.compat import uuid7

from services.routing.actions.cases import locked_cases, save_cases
from services.routing.actions.directory import ref_of
from services.routing.actions.refusals import KeyReused, UnknownAgency, refusal
from services.routing.domain.case import ANSWER, FOLLOW_UP, FORWARD, VERIFICATION, Act, Case, Officer, after, refused
from services.routing.domain.directory import ROOT
from services.routing.models import ACTS
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import NotFound
from shared.events import ComplaintAnswered, ComplaintForwarded, ComplaintVerified, Fact, FollowUpRecorded
from shared.identity.officials import Official
from shared.vocabulary import Classification

LAST = "SELECT complaint_id, max(at) FROM acts WHERE complaint_id = ANY(CAST(:ids AS uuid[])) GROUP BY complaint_id"
TICK = timedelta(microseconds=1)
KNOWN = """
    SELECT acts.* FROM acts JOIN unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) AS asked (id, key)
    ON acts.complaint_id = asked.id AND acts.idempotency_key = asked.key
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What an official asks; `words` are a note, a reason, a follow-up or an answer."""

    complaint_id: UUID
    act: Act
    by: Official
    key: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done, with the holder and state after it."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: str


@dataclass(slots=True)
class Batch:
    """What a transaction knows and gathers: cases as they are by now, acts by key, moments of last acts, new acts."""

    office: State
    now: datetime
    cases: dict[UUID, Case]
    known: dict[tuple[UUID, str], Mapping[str, Any]]
    last: dict[UUID, datetime]
    rows: list[dict[str, Any]] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)

    def next_moment(self, id: UUID) -> datetime:
        """Now, and after the case's last act, even if another replica's clock was ahead of ours."""
        self.last[id] = max(self.now, self.last[id] + TICK) if id in self.last else self.now
        return self.last[id]


async def perform_acts(tx: Tx[State], requests: Sequence[Request]) -> Sequence[Done | Exception]:
    """Decide each request in order on the state the one before it left.

    Outcomes: Done, NotFound, NotYourCase, AlreadyVerified, AlreadyAnswered, NotVerified, TooManyTransfers,
    UnknownAgency, OnlyGivesBack, SameHolder, KeyReused.
    """
    ids = {request.complaint_id for request in requests}
    before = await locked_cases(tx, ids)
    # All read after the lock: a request with the same key that came first has committed by now.
    last = {row.complaint_id: row.max for row in await tx.execute(LAST, {"ids": list(ids)})}
    batch = Batch(tx.state, tx.clock.now(), dict(before), await _known(tx, requests), last)
    outcomes = [_perform(batch, request) for request in requests]
    await tx.insert(ACTS, batch.rows)
    await save_cases(tx, before, batch.cases)
    for fact, at in batch.facts:
        tx.stage(fact, at=at)
    return outcomes


async def _known(tx: Tx[State], requests: Iterable[Request]) -> dict[tuple[UUID, str], Mapping[str, Any]]:
    asked = [(request.complaint_id, request.key) for request in requests if request.key]
    if not asked:
        return {}
    ids, keys = zip(*asked, strict=True)
    rows = await tx.execute(KNOWN, {"ids": list(ids), "keys": list(keys)})
    return {(row.complaint_id, row.idempotency_key): row._asdict() for row in rows}


def _perform(batch: Batch, request: Request) -> Done | Exception:
    case = batch.cases.get(request.complaint_id)
    if case is None:
        return NotFound()
    if request.key and (known := batch.known.get((request.complaint_id, request.key))):
        return _again(batch.office, known, request)
    by = Officer(request.by.role, request.by.agency)
    if why := refused(request.act, case, by, batch.office.chain):
        return refusal(why)
    if request.act.agency and request.act.agency not in batch.office.directory.by_code:
        return UnknownAgency(field="agency")
    return _do(batch, request, case, after(request.act, case))


def _again(office: State, known: Mapping[str, Any], request: Request) -> Done | Exception:
    """The answer given before; a key that comes with anything else would lose what came with it."""
    act, given = request.act, known["sealed"] and office.open(known["sealed"], str(request.complaint_id))["text"]
    asked = act.kind, request.by.subject, request.by.role, request.by.agency, act.classification, request.words
    names = ("kind", "by", "role", "agency", "classification")
    same = asked == (*(known[name] for name in names), given)
    return _done(known) if same and act.agency in (None, known["holder"]) else KeyReused()


def _do(batch: Batch, request: Request, before: Case, case: Case) -> Done:
    row = _row(batch, request, case)
    batch.cases[request.complaint_id] = case
    batch.rows.append(row)
    if request.key:
        batch.known[request.complaint_id, request.key] = row
    batch.facts.extend((fact, row["at"]) for fact in _facts(batch.office, request, row, before, case))
    return _done(row)


def _row(batch: Batch, request: Request, case: Case) -> dict[str, Any]:
    sealed = batch.office.seal(request.words, str(request.complaint_id)) if request.words else None
    return {
        "id": uuid7(),
        "complaint_id": request.complaint_id,
        "kind": request.act.kind,
        "at": batch.next_moment(request.complaint_id),
        "by": request.by.subject,
        "role": request.by.role,
        "agency": request.by.agency,
        "holder": case.holder,
        "state": case.state,
        "classification": request.act.classification,
        "sealed": sealed,
        "idempotency_key": request.key,
    }


def _done(row: Mapping[str, Any]) -> Done:
    return Done(row["id"], row["complaint_id"], row["kind"], row["at"], row["holder"], row["state"])


def _facts(office: State, request: Request, row: Mapping[str, Any], before: Case, case: Case) -> Iterable[Fact]:
    # Events name the office that acted, never the person.
    id, by = request.complaint_id, request.by.agency or ROOT
    to = ref_of(office.agency(case.holder))
    if request.act.kind == VERIFICATION:
        yield ComplaintVerified(complaint_id=id, by=by, classification=cast(Classification, case.classification))
        yield ComplaintForwarded(complaint_id=id, agency=to, by=by, transfers=case.transfers)
    elif request.act.kind == FORWARD:
        yield ComplaintForwarded(
            complaint_id=id,
            agency=to,
            by=by,
            previous=before.holder,
            transfers=case.transfers,
            sealed=row["sealed"],
        )
    elif request.act.kind == FOLLOW_UP:
        yield FollowUpRecorded(complaint_id=id, agency=case.holder, sealed=row["sealed"])
    elif request.act.kind == ANSWER:
        yield ComplaintAnswered(complaint_id=id, agency=case.holder, sealed=row["sealed"])
