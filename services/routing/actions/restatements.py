"""Restatements: routing says again what it has said of a case, for whoever has lost it or knows it otherwise."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.routing.actions.agencies import ref_of
from services.routing.actions.commitments import told_of
from services.routing.actions.directories import publish_again
from services.routing.actions.facts import facts_of
from services.routing.actions.parts import opening_of
from services.routing.actions.records import ACT_FIELDS, Done
from services.routing.actions.sensitivities import filed_sensitive
from services.routing.actions.urgencies import filed_urgent
from services.routing.domain.cases import Case
from services.routing.domain.commitments import Commitment, Key, commitment_after
from services.routing.domain.next_dates import reopen_until
from services.routing.domain.records import PastAct
from services.routing.domain.restatements import RestatedAct, first_holder, restated
from services.routing.models.acts import ActRecord
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import (
    AgencyRef,
    ComplaintForwarded,
    ComplaintRouted,
    Event,
    Fact,
    LawViolated,
)
from shared.events.audit import agencies_owned_by, owned_by
from shared.vocabulary import OVER_HANDLING, ROOT, UNVERIFIED

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
CASES = select(CaseRecord).where(CaseRecord.id == IDS).order_by(CaseRecord.id).with_for_update()
ACTS = (
    select(*(getattr(ActRecord, name) for name in ACT_FIELDS))
    .where(ActRecord.complaint_id == IDS)
    .order_by(ActRecord.at, ActRecord.id)
)
Dated = tuple[Fact, datetime]


async def say_again(tx: Tx[State], ids: Sequence[UUID]) -> int:
    """Stage every fact of these cases again, each as of its own moment; how many of the cases there are.

    The cases are locked, so that no act comes in between and is contradicted.
    """
    cases = [row._mapping for row in await tx.execute(CASES, {"ids": list(ids)})]
    acts: dict[UUID, list[PastAct]] = defaultdict(list)
    for act in await tx.records(PastAct, ACTS, {"ids": list(ids)}):
        acts[act.complaint_id].append(act)
    for case in cases:
        for fact, at in _facts(tx, case, acts[case["id"]]):
            tx.stage(fact, at=at)
    return len(cases)


async def say_violated_again(tx: Tx[State], events: Sequence[Event[LawViolated]]) -> None:
    """Say the complaints and agencies again whose violations routing can mend; the auditor names each once."""
    if ids := owned_by("routing", events):
        await say_again(tx, ids)
    if codes := agencies_owned_by("routing", events):
        await publish_again(tx, codes)


def _facts(tx: Tx[State], case: Mapping[Any, Any], acts: Sequence[PastAct]) -> Iterator[Dated]:
    """What was said of a case; its holder, where no act tells of it, in the place of the last turn."""
    holder, turn_at = first_holder(acts, case["holder"]), case["filed_at"]
    if case["sensitive_by"]:
        yield filed_sensitive(tx.state, case, holder).model_copy(update={"again": True}), turn_at
    if case["part_of"]:
        turn_at = acts[0].at
        yield opening_of(tx.state, case, acts[0]).model_copy(update={"again": True}), turn_at
    else:
        yield _routed(tx.state, case, holder), turn_at
    if case["urgent_by"]:
        yield filed_urgent(tx.state, case, holder, again=True), turn_at
    promises: dict[Key, Commitment] = {}
    for one in restated(acts, holder):
        told = *facts_of(_done(tx.state, case, one)), *_promised(tx.state, one.act, promises)
        yield from ((fact.model_copy(update={"again": True}), one.act.at) for fact in told)
        holder, turn_at = one.act.holder, one.act.at if one.turns else turn_at
    if holder != case["holder"] and (case["held_from"] or case["state"]) != UNVERIFIED:
        yield _turned(tx.state, case, holder), turn_at


def _turned(state: State, case: Mapping[Any, Any], previous: str) -> ComplaintForwarded:
    agency = _ref(state, case["holder"])
    return ComplaintForwarded(
        complaint_id=case["id"], agency=agency, by=ROOT, previous=previous, transfers=case["transfers"], again=True
    )


def _routed(state: State, case: Mapping[Any, Any], holder: str) -> ComplaintRouted:
    is_hidden = case["confidential"] or case["sensitive"] or case["sensitive_by"]
    return ComplaintRouted(
        complaint_id=case["id"],
        agency=_ref(state, holder),
        verifier=_ref(state, case["verifier"]),
        rule=case["rule"],
        explanation="" if is_hidden else case["explanation"],
        filed_at=case["filed_at"],
        kind=case["kind"],
        again=True,
    )


def _done(state: State, case: Mapping[Any, Any], one: RestatedAct) -> Done:
    """An act with its case before and after it, as far as they are on record.

    What is kept only as of now stands for what it was then: the points, the verifier, the step of the ladder.
    """
    act, draft = one.act, one.returned
    held_from: Any = UNVERIFIED if one.unverified else None
    before = Case(
        one.previous,
        case["verifier"],
        cast(Any, one.state),
        held_from=held_from if one.state in OVER_HANDLING else None,
        drafts=draft.number or 1 if draft else 0,
        draft_by=cast(Any, draft.role) if draft else None,
        contested_at=one.contested_at,
        ordered_by=one.ordered_by,
    )
    after = Case(
        act.holder,
        case["verifier"],
        cast(Any, act.state),
        transfers=one.transfers,
        ladder_step=case["ladder_step"],
        points=case["points"],
        support=case["support"],
        holds=one.holds,
        held_from=held_from if act.state in OVER_HANDLING else None,
        drafts=act.number or 1,
        cycle=one.cycle,
        verifications=one.cycle,
        windows=one.windows,
        reopen_until=reopen_until(state.calendar(act.holder), act.at),
        mergers=one.mergers,
        merged_into=act.merged_into,
        urgencies=act.number or 1,
        appeals=1,
        appellate=act.agency,
        step_missed=case["step_missed"],
        contests=one.contests,
        contested_at=one.contested_at,
        follow_ups=one.follow_ups,
        contestable=[moment for moment in one.follow_ups if one.contested_at and moment > one.contested_at],
        judge=act.agency,
        referrals=act.number or 1,
        orders=one.orders,
    )
    return Done(state, act, before, after)


def _promised(state: State, act: PastAct, known: dict[Key, Commitment]) -> Iterator[Fact]:
    """What was said of a promise; `known` are those of the acts before."""
    key = act.complaint_id, act.number or 0
    before = known.get(key)
    if after := commitment_after(act.kind, key, known, act.next_date, act.at):
        known[key] = after
        yield from told_of(state, act, before, after)


def _ref(state: State, code: str) -> AgencyRef:
    return ref_of(state.agency(code))
