"""The cases: locked, changed, and shown to officials."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select
from sqlalchemy.orm import aliased

from services.routing.actions.points import listed_points
from services.routing.domain.acts import allowed_acts
from services.routing.domain.cases import Actor, Case, may_see
from services.routing.errors import NotYourCase
from services.routing.models.acts import ActRecord
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import Refusal, UnknownComplaint
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import REFERRED, Classification, Kind

CASE_FIELDS = tuple(field.name for field in fields(Case))
# Everyone locks in the order of ids, so that two batches wait for one another instead of locking each other out.
# A whole is locked before its parts, for it may end with them.
_ids, _part = bindparam("ids", type_=ARRAY(Uuid)), aliased(CaseRecord)
_wholes = func.array(select(_part.part_of).where(_part.id == any_(_ids), _part.part_of.is_not(None)).scalar_subquery())
LOCKED_CASES = (
    select(CaseRecord.id, *(getattr(CaseRecord, name) for name in CASE_FIELDS))
    .where(CaseRecord.id == any_(_ids.op("||")(_wholes)))
    .order_by(CaseRecord.id)
    .with_for_update()
)
LAST_ACTS = (
    select(ActRecord.complaint_id, func.max(ActRecord.at).label("at"))
    .where(ActRecord.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .group_by(ActRecord.complaint_id)
)
# Notes and drafts are for the officials of the chain; an overseer stands outside it.
OF_THE_CHAIN = frozenset({ActKind.NOTE, ActKind.DRAFT, ActKind.REJECTION})
TICK = timedelta(microseconds=1)
ONE_CASE = select(CaseRecord).where(CaseRecord.id == bindparam("id"))
HOLDERS_OF_PARTS = select(CaseRecord.holder).where(CaseRecord.part_of == bindparam("id")).distinct()
ACTS_OF_CASE = select(ActRecord).where(ActRecord.complaint_id == bindparam("id")).order_by(ActRecord.at, ActRecord.id)


@dataclass(frozen=True, slots=True)
class ActView:
    """An act on record; `agency` and `role` say whose seat did it. A reporter has the role `reporter` and no name.

    `number` is that of a draft or a promise; `next_date` is also the day for which a promise stands. A merger names the
    complaint `merged_into`, a contest the moment `contested_at` of its follow-up.
    """

    id: UUID
    kind: str
    at: datetime
    role: str
    agency: str | None
    holder: str
    state: vocabulary.State
    classification: Classification | None
    reason: str | None
    next_date: date | None
    number: int | None
    merged_into: UUID | None
    contested_at: datetime | None
    text: str | None


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A complaint in a worklist; who reported it is not known here.

    Until `next_date` the holder has promised news. Of one that is not `readable` the reporter's words cannot be opened,
    and title, text and address are empty. `title` and `kind` are as the verifier corrected them, `reported_title` is
    the reporter's. A leader's order is open (`order_open`) until it is acknowledged. `draft` is the number of the draft
    that waits for its approval. With `contact_open` the reporter of an answer must be called, with `review_open` a
    coordinator above takes a second look at it. Its reporter contests the follow-up of `contested_at`. One
    that was `merged_into` another complaint shares its answer. One that is `urgent` waits for an act against a danger,
    one that is `sensitive` is known to named seats only. One may be a
    `part_of` another that was split, and was passed on `earlier_passes` times before. With `handover_open` its file is
    to be handed over to the Ombudsman.
    """

    id: UUID
    reference: str
    filed_at: datetime
    kind: Kind
    confidential: bool
    title: str | None
    reported_title: str | None
    readable: bool
    holder: str
    verifier: str
    state: vocabulary.State
    classification: Classification | None
    transfers: int
    overdue: bool
    ladder_step: int
    ombudsman_offered: bool
    next_date: date | None
    order_open: bool
    draft: int | None
    contact_open: bool
    merged_into: UUID | None
    corrected_field: str | None
    corrected_region: str | None
    urgent: bool
    review_open: bool
    contested_at: datetime | None
    sensitive: bool
    part_of: UUID | None
    earlier_passes: int
    handover_open: bool


@dataclass(frozen=True, slots=True)
class CaseView(CaseSummary):
    """A complaint in full, its acts in order; `explanation` says in Indonesian why it was assigned as it was.

    `points` are those that the answer must deal with. The acts tell what was promised, of which `open_promises` are not
    kept yet. `allowed` are the acts that the official who asks may do now; a draft is written at the door of answers.
    """

    text: str | None
    address: str | None
    happened_at: str | None
    points: Sequence[str]
    open_promises: int
    rule: str
    explanation: str
    acts: Sequence[ActView]
    allowed: Sequence[ActKind]


# The fields of a summary that are columns, and the columns from which the others are derived.
AS_THEY_ARE = tuple(
    field.name
    for field in fields(CaseSummary)
    if field.name not in {"title", "reported_title", "readable", "kind", "overdue", "draft", "handover_open"}
)
_SOURCES = ("sealed", "title", "kind", "corrected_kind", "step_missed", "resolution_missed", "drafts", "draft_by")
SUMMARY_COLUMNS = [getattr(CaseRecord, name) for name in (*AS_THEY_ARE, *_SOURCES, "handed_over")]


async def locked_cases(tx: Tx[State], ids: Collection[UUID]) -> dict[UUID, Case]:
    """Those of these cases that exist, and the wholes of parts among them, locked until the transaction ends."""
    found = await tx.execute(LOCKED_CASES, {"ids": list(ids)})
    return {row.id: case_of(row._mapping) for row in found}


async def save_cases(tx: Tx[State], before: Mapping[UUID, Case], after: Mapping[UUID, Case]) -> None:
    """Write the cases that have changed; they are locked."""
    changed = {id: case for id, case in after.items() if case != before[id]}
    rows = [{"id": id, **{name: getattr(case, name) for name in CASE_FIELDS}} for id, case in changed.items()]
    await tx.update(CaseRecord, rows, key="id")


async def last_acts(tx: Tx[State], ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The moments of the last acts of these cases, of those that have any."""
    return {row.complaint_id: row.at for row in await tx.execute(LAST_ACTS, {"ids": list(ids)})}


def moment_after(last: datetime | None, now: datetime) -> datetime:
    """Now, but later than the case's last act, even if another replica's clock was ahead of ours."""
    return max(now, last + TICK) if last else now


async def show_case(tx: Tx[State], official: Official, id: UUID) -> CaseView:
    """One case with its acts. Raises UnknownComplaint, NotYourCase."""
    row = (await tx.execute(ONE_CASE, {"id": id})).one_or_none()
    if row is None:
        raise UnknownComplaint
    actor, case = Actor(official.role, official.agency), case_of(row._mapping)
    if refused := _refusal_to_show(tx.state, actor, case, row.confidential):
        # Whoever holds a part reads the whole as its own: what was said before the split stands there.
        held = [replace(case, holder=holder) for holder in (await tx.execute(HOLDERS_OF_PARTS, {"id": id})).scalars()]
        if all(_refusal_to_show(tx.state, actor, each, row.confidential) for each in held):
            raise refused
    hidden = OF_THE_CHAIN if official.role == "overseer" else frozenset()
    found = [act for act in await tx.execute(ACTS_OF_CASE, {"id": id}) if act.kind not in hidden]
    acts = [_act_view(tx.state, act._mapping) for act in found]
    narrative = tx.state.read(row.sealed, str(id))
    values = summary_values(tx.state, row._mapping, narrative)
    values |= {name: narrative.get(name) for name in ("text", "address", "happened_at")}
    values |= {"points": listed_points(tx.state, id, case.points), "open_promises": case.open_commitments}
    allowed = allowed_acts(tx.state.present(case), actor, tx.state.chain, tx.state.agency(case.holder).approver)
    return CaseView(**values, rule=row.rule, explanation=row.explanation, acts=acts, allowed=allowed)


def _refusal_to_show(state: State, actor: Actor, case: Case, confidential: bool) -> Refusal | None:
    if not state.may_know(actor, case):
        return UnknownComplaint()
    return None if may_see(actor, case, confidential, state.chain) else NotYourCase()


def case_of(row: Mapping[Any, Any]) -> Case:
    """The case in a row of `cases`."""
    return Case(**{name: row[name] for name in CASE_FIELDS})


def summary_of(state: State, row: Mapping[Any, Any]) -> CaseSummary:
    """The summary of a row of `cases`."""
    return CaseSummary(**summary_values(state, row, state.read(row["sealed"], str(row["id"]))))


def summary_values(state: State, row: Mapping[Any, Any], narrative: Mapping[str, str | None]) -> dict[str, Any]:
    """The fields of a CaseSummary."""
    title = narrative.get("title")
    corrected = state.read(row["title"], str(row["id"])).get("text") if row["title"] else None
    derived = {"title": corrected or title, "reported_title": title, "readable": bool(narrative)}
    derived |= {"kind": row["corrected_kind"] or row["kind"]}
    derived |= {"overdue": row["step_missed"] or row["resolution_missed"]}
    derived |= {"draft": row["drafts"] if row["draft_by"] else None}
    derived |= {"handover_open": row["state"] == REFERRED and not row["handed_over"]}
    return derived | {name: row[name] for name in AS_THEY_ARE}


def _act_view(state: State, row: Mapping[Any, Any]) -> ActView:
    text = state.read(row["sealed"], str(row["complaint_id"])).get("text") if row["sealed"] else None
    return ActView(text=text, **{field.name: row[field.name] for field in fields(ActView) if field.name != "text"})
