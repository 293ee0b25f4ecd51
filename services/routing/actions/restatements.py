"""Restatements: routing says again what it has said of a case, for whoever has lost it or knows it otherwise."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.routing.actions.agencies import ref_of
from services.routing.actions.commitments import told_of
from services.routing.actions.points import told_points
from services.routing.actions.records import UNREACHED
from services.routing.actions.urgencies import filed_urgent, restated_alarm
from services.routing.domain.commitments import Commitment, Key, commitment_after
from services.routing.domain.drafts import reason_of_return
from services.routing.domain.next_dates import reopen_until, reply_until
from services.routing.domain.reporters import CLOSING_TAKEN_BACK, refused_act
from services.routing.domain.restatements import RecordedAct, RestatedAct, first_holder, restated
from services.routing.domain.windows import REOPENING
from services.routing.models.acts import ActRecord
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import (
    ActRefused,
    AgencyRef,
    AnswerDrafted,
    AnswerReturned,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintMerged,
    ComplaintReopened,
    ComplaintResumed,
    ComplaintRouted,
    ComplaintSeparated,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    Fact,
    FollowUpRecorded,
    ObstacleReported,
    OrderGiven,
    Recipient,
    ReporterContacted,
    ReporterReplied,
)
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ANSWERED, ROOT, UNVERIFIED

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
CASES = select(CaseRecord).where(CaseRecord.id == IDS).order_by(CaseRecord.id).with_for_update()
ACTS = (
    select(*(getattr(ActRecord, name) for name in RecordedAct.__slots__))
    .where(ActRecord.complaint_id == IDS)
    .order_by(ActRecord.at, ActRecord.id)
)
Dated = tuple[Fact, datetime]


async def say_again(tx: Tx[State], ids: Sequence[UUID]) -> int:
    """Stage every fact of these cases again, each as of its own moment; how many of the cases there are.

    The cases are locked, so that no act comes in between and is contradicted.
    """
    cases = [row._mapping for row in await tx.execute(CASES, {"ids": list(ids)})]
    acts: dict[UUID, list[RecordedAct]] = defaultdict(list)
    for act in await tx.records(RecordedAct, ACTS, {"ids": list(ids)}):
        acts[act.complaint_id].append(act)
    for case in cases:
        for fact, at in _facts(tx, case, acts[case["id"]]):
            tx.stage(fact, at=at)
    return len(cases)


def _facts(tx: Tx[State], case: Mapping[Any, Any], acts: Sequence[RecordedAct]) -> Iterator[Dated]:
    """What was said of a case; its holder, where no act tells of it, in the place of the last turn."""
    holder, turn_at = first_holder(acts, case["holder"]), case["filed_at"]
    yield _routed(tx.state, case, holder), turn_at
    if case["urgent_by"]:
        yield filed_urgent(tx.state, case, holder, again=True), turn_at
    promises: dict[Key, Commitment] = {}
    for one in restated(acts, holder):
        told = *_facts_of(tx.state, case, one), *_returned(one), *_promised(tx.state, one.act, promises)
        yield from ((fact, one.act.at) for fact in told)
        holder, turn_at = one.act.holder, one.act.at if one.turns else turn_at
    if holder != case["holder"] and (case["held_from"] or case["state"]) != UNVERIFIED:
        agency = _ref(tx.state, case["holder"])
        yield _forwarded(case["id"], agency, ROOT, case["transfers"], previous=holder), turn_at


def _routed(state: State, case: Mapping[Any, Any], holder: str) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=case["id"],
        agency=_ref(state, holder),
        verifier=_ref(state, case["verifier"]),
        rule=case["rule"],
        explanation="" if case["confidential"] else case["explanation"],
        filed_at=case["filed_at"],
        kind=case["kind"],
        again=True,
    )


def _facts_of(state: State, case: Mapping[Any, Any], restated_act: RestatedAct) -> Iterator[Fact]:
    act, id = restated_act.act, case["id"]
    by, words, zone = act.agency or ROOT, cast(str, act.sealed), _ref(state, act.holder).zone
    if act.kind == ActKind.VERIFICATION:
        points = told_points(state, id, case["points"])
        classification = cast(Any, act.classification)
        yield ComplaintVerified(complaint_id=id, by=by, classification=classification, sealed=points, again=True)
        yield _forwarded(id, _ref(state, act.holder), by, restated_act.transfers)
    elif restated_act.turns:
        agency = _ref(state, act.holder)
        yield _forwarded(id, agency, by, restated_act.transfers, previous=restated_act.previous, sealed=act.sealed)
    elif act.kind == ActKind.FOLLOW_UP:
        yield FollowUpRecorded(complaint_id=id, agency=act.holder, sealed=words, next_date=act.next_date, again=True)
    elif act.kind == ActKind.OBSTACLE:
        yield ObstacleReported(complaint_id=id, agency=act.holder, sealed=words, again=True)
    elif act.kind == ActKind.ORDER:
        yield OrderGiven(complaint_id=id, agency=act.holder, by=by, again=True)
    elif act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR):
        yield restated_alarm(state, case, restated_act, by)
    elif act.kind == ActKind.CORRECTION:
        kind = cast(Any, act.corrected_kind)
        yield ComplaintCorrected(complaint_id=id, agency=act.holder, by=by, kind=kind, again=True)
    elif act.kind == ActKind.DRAFT:
        yield _drafted(state, act)
    elif act.kind in (ActKind.MERGER, ActKind.SEPARATION):
        yield _of_merger(state, case, restated_act, by)
    elif act.kind in (ActKind.HOLDING, ActKind.COMPLETION, ActKind.RESUMPTION):
        yield _of_hold(state, case, restated_act, by)
    elif act.kind in (ActKind.ANSWER, ActKind.APPROVAL):
        # An answer of an earlier release ended its case and began no window.
        window = restated_act.windows if act.state == ANSWERED else 0
        yield ComplaintAnswered(
            complaint_id=id,
            agency=act.holder,
            sealed=words,
            window=window,
            zone=zone,
            reply_until=_reply_until(state, act) if window else None,
            again=True,
        )
    elif act.kind == ActKind.CONTACT:
        yield ReporterContacted(
            complaint_id=id, agency=act.holder, by=by, window=restated_act.windows, zone=zone, again=True
        )
    elif act.kind == ActKind.CONTACT_REQUEST:
        yield ContactRequested(complaint_id=id, agency=act.holder, window=restated_act.windows, zone=zone, again=True)
    elif act.kind == ActKind.REPLY:
        yield ReporterReplied(
            complaint_id=id,
            agency=act.holder,
            verifier=case["verifier"] if restated_act.unverified else None,
            window=restated_act.windows if act.state == ANSWERED else 0,
            zone=zone,
            sealed=words or "",
            again=True,
        )
    elif act.kind in REOPENING:
        yield _reopened(state, case, restated_act)
    else:
        yield from _end_of(state, case, act, by)


def _of_hold(state: State, case: Mapping[Any, Any], restated_act: RestatedAct, by: str) -> Fact:
    """What was said of a question to the reporter, its answer, or its end without one."""
    act, verifier = restated_act.act, case["verifier"] if restated_act.unverified else None
    named = {"complaint_id": case["id"], "cycle": restated_act.holds, "again": True}
    if act.kind == ActKind.HOLDING:
        agency, before = _ref(state, verifier or act.holder), restated_act.state
        return ComplaintHeld(agency=agency, by=by, state=cast(Any, before), sealed=cast(str, act.sealed), **named)
    named |= {"agency": act.holder, "state": act.state}
    if act.kind == ActKind.COMPLETION:
        return ComplaintCompleted(sealed=act.sealed or "", verifier=verifier, **named)
    return ComplaintResumed(by=by, verifier=case["verifier"], unreached=act.reason == UNREACHED, **named)


def _of_merger(state: State, case: Mapping[Any, Any], one: RestatedAct, by: str) -> Fact:
    """What was said of a merger, or of its end without an answer."""
    act, verifier = one.act, case["verifier"] if one.unverified else None
    named = {"complaint_id": case["id"], "by": by, "cycle": one.mergers, "verifier": verifier, "again": True}
    if act.kind == ActKind.SEPARATION:
        return ComplaintSeparated(agency=act.holder, state=cast(Any, act.state), **named)
    merged_into = cast(UUID, act.merged_into)
    return ComplaintMerged(agency=_ref(state, act.holder), state=cast(Any, one.state), merged_into=merged_into, **named)


def _drafted(state: State, act: RecordedAct) -> AnswerDrafted:
    holder = state.agency(act.holder)
    seats = [Recipient(agency=act.holder, role=holder.approver)] if holder.approver else []
    agency, number = _ref(state, act.holder), act.number or 1
    return AnswerDrafted(
        complaint_id=act.complaint_id, agency=agency, number=number, approvers=tuple(seats), again=True
    )


def _returned(one: RestatedAct) -> Iterator[AnswerReturned]:
    """What was said of a draft that an act has sent back."""
    if draft := one.returned:
        yield AnswerReturned(
            complaint_id=draft.complaint_id,
            agency=draft.holder,
            number=draft.number or 1,
            reason=reason_of_return(one.act.kind, cast(Any, one.act.state)),
            authors=(Recipient(agency=draft.holder, role=cast(Any, draft.role)),),
            again=True,
        )


def _promised(state: State, act: RecordedAct, known: dict[Key, Commitment]) -> Iterator[Fact]:
    """What was said of a promise; `known` are those of the acts before."""
    key = act.complaint_id, act.number or 0
    before = known.get(key)
    if after := commitment_after(act.kind, key, known, act.next_date, act.at):
        known[key] = after
        for fact in told_of(state, act, before, after):
            yield fact.model_copy(update={"again": True})


def _end_of(state: State, case: Mapping[Any, Any], act: RecordedAct, by: str) -> Iterator[Fact]:
    """What was said of an end other than the answer, or of an act of the reporter that was refused."""
    id, reason = case["id"], cast(Any, act.reason)
    if act.kind == ActKind.ARCHIVING:
        sealed = cast(str, act.sealed)
        until = _reopen_until(state, act)
        yield ComplaintArchived(
            complaint_id=id,
            agency=act.holder,
            by=by,
            reason=reason,
            sealed=sealed,
            reopen_until=until,
            again=True,
        )
    elif act.kind in (ActKind.ACCEPTANCE, ActKind.CLOSING):
        accepted = act.kind == ActKind.ACCEPTANCE
        reopenable = None if accepted else _reopen_until(state, act)
        yield ComplaintClosed(
            complaint_id=id, agency=act.holder, accepted=accepted, reopen_until=reopenable, again=True
        )
    elif act.kind == ActKind.WITHDRAWAL:
        # A complaint has its class from its verification on.
        verifier = None if case["classification"] else case["verifier"]
        yield ComplaintWithdrawn(complaint_id=id, agency=act.holder, verifier=verifier, again=True)
    elif refused := refused_act(act.kind):
        yield ActRefused(complaint_id=id, agency=act.holder, act=refused, reason=reason, again=True)


def _reply_until(state: State, act: RecordedAct) -> datetime:
    return reply_until(state.calendars[state.agency(act.holder).zone], act.at)


def _reopen_until(state: State, act: RecordedAct) -> datetime:
    return reopen_until(state.calendars[state.agency(act.holder).zone], act.at)


def _reopened(state: State, case: Mapping[Any, Any], one: RestatedAct) -> ComplaintReopened:
    """What is on record only in part: the step as of now, and the moment of the wish as that of the act."""
    act, verifies = one.act, one.act.state == UNVERIFIED
    return ComplaintReopened(
        complaint_id=case["id"],
        agency=_ref(state, act.holder),
        verifier=_ref(state, case["verifier"]) if verifies else None,
        state=cast(Any, act.state),
        cycle=one.cycle,
        standing=case["ladder_step"],
        transfers=one.transfers,
        closing_taken_back=act.reason == CLOSING_TAKEN_BACK,
        asked_at=act.at,
        sealed=act.sealed,
        again=True,
    )


def _forwarded(
    id: UUID, agency: AgencyRef, by: str, transfers: int, previous: str | None = None, sealed: str | None = None
) -> ComplaintForwarded:
    return ComplaintForwarded(
        complaint_id=id, agency=agency, by=by, previous=previous, transfers=transfers, sealed=sealed, again=True
    )


def _ref(state: State, code: str) -> AgencyRef:
    return ref_of(state.agency(code))
