"""Records: acts as they were done, found by their keys, and what each tells the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select

from services.routing.actions.agencies import ref_of
from services.routing.actions.drafts import drafted, returned
from services.routing.actions.mergers import merged, separated
from services.routing.actions.points import told_points
from services.routing.actions.urgencies import declared, duty_anew, lifted
from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.domain.next_dates import reply_until
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.events import (
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintResumed,
    ComplaintVerified,
    Fact,
    FollowUpRecorded,
    ObstacleReported,
    OrderGiven,
    ReporterContacted,
)
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ROOT, ActorRole, ArchiveReason, Classification, Kind


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
    classification: Classification | None = None
    reason: str | None = None
    sealed: str | None = None
    next_date: date | None = None
    corrected_kind: Kind | None = None
    fingerprint: int | None = None
    idempotency_key: str | None = None
    number: int | None = None
    merged_into: UUID | None = None


# Why the system resumes a case: its question is not known to have reached the reporter.
UNREACHED = "unreached"
ACT_FIELDS = tuple(field.name for field in fields(PastAct))
IS_OF_BATCH = ActRecord.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
# Also finds the key of one complaint on another complaint of the batch; the caller looks up complaint and key together.
ACTS_BY_KEY = select(*(getattr(ActRecord, name) for name in ACT_FIELDS)).where(
    IS_OF_BATCH, ActRecord.idempotency_key == any_(bindparam("keys", type_=ARRAY(Text)))
)
ActsByKey = dict[tuple[UUID, str], PastAct]


async def acts_by_key(tx: Tx[State], wanted: Sequence[tuple[UUID, str]]) -> ActsByKey:
    """The acts that were done to these complaints with these keys."""
    if not wanted:
        return {}
    ids, keys = zip(*wanted, strict=True)
    found = await tx.records(PastAct, ACTS_BY_KEY, {"ids": list(ids), "keys": list(keys)})
    return {(act.complaint_id, str(act.idempotency_key)): act for act in found}


def facts_of(state: State, act: Act, recorded: PastAct, before: Case, after: Case) -> Iterable[Fact]:
    """What an act tells."""
    # Events name the agency that acted, never the person.
    id, by = recorded.complaint_id, recorded.agency or ROOT
    receiver = ref_of(state.agency(after.holder))
    if act.kind == ActKind.VERIFICATION:
        classification = cast(Classification, after.classification)
        points = told_points(state, id, after.points)
        yield ComplaintVerified(complaint_id=id, by=by, classification=classification, sealed=points)
        yield ComplaintForwarded(
            complaint_id=id,
            agency=receiver,
            by=by,
            transfers=after.transfers,
            duty=duty_anew(state, before, after),
        )
    elif act.kind == ActKind.FORWARD:
        yield ComplaintForwarded(
            complaint_id=id,
            agency=receiver,
            by=by,
            previous=before.holder,
            transfers=after.transfers,
            sealed=recorded.sealed,
            duty=duty_anew(state, before, after),
        )
    elif act.kind == ActKind.FOLLOW_UP:
        sealed, next_date = cast(str, recorded.sealed), recorded.next_date
        yield FollowUpRecorded(complaint_id=id, agency=after.holder, sealed=sealed, next_date=next_date)
    elif act.kind == ActKind.OBSTACLE:
        yield ObstacleReported(complaint_id=id, agency=after.holder, sealed=cast(str, recorded.sealed))
    elif act.kind == ActKind.ORDER:
        yield OrderGiven(complaint_id=id, agency=after.holder, by=by)
    elif act.kind == ActKind.URGENCY:
        yield declared(state, id, after, recorded.at, recorded.sealed)
    elif act.kind == ActKind.ALL_CLEAR:
        yield lifted(id, after, by, recorded.sealed)
    elif act.kind == ActKind.CORRECTION:
        yield ComplaintCorrected(complaint_id=id, agency=after.holder, by=by, kind=act.corrected_kind)
    elif act.kind == ActKind.HOLDING:
        asking = ref_of(state.agency(after.unverified_by or after.holder))
        sealed = cast(str, recorded.sealed)
        yield ComplaintHeld(complaint_id=id, agency=asking, by=by, cycle=after.holds, state=before.state, sealed=sealed)
    elif act.kind == ActKind.RESUMPTION:
        yield ComplaintResumed(
            complaint_id=id,
            agency=after.holder,
            by=by,
            cycle=after.holds,
            state=after.state,
            unreached=recorded.reason == UNREACHED,
            verifier=after.verifier,
        )
    elif act.kind == ActKind.MERGER:
        yield merged(state, id, by, before, after)
    elif act.kind == ActKind.SEPARATION:
        yield separated(id, by, after)
    elif act.kind == ActKind.DRAFT:
        yield drafted(state, id, after)
    elif act.kind in (ActKind.ANSWER, ActKind.APPROVAL):
        sealed = cast(str, recorded.sealed)
        yield ComplaintAnswered(
            complaint_id=id,
            agency=after.holder,
            sealed=sealed,
            window=after.windows,
            zone=receiver.zone,
            reply_until=reply_until(state.calendars[state.agency(after.holder).zone], recorded.at),
        )
    elif act.kind == ActKind.CONTACT:
        yield ReporterContacted(complaint_id=id, agency=after.holder, by=by, window=after.windows, zone=receiver.zone)
    elif act.kind == ActKind.ARCHIVING:
        sealed, reason = cast(str, recorded.sealed), cast(ArchiveReason, act.reason)
        yield ComplaintArchived(
            complaint_id=id,
            agency=after.holder,
            by=by,
            reason=reason,
            sealed=sealed,
            reopen_until=after.reopen_until,
        )
    yield from returned(id, before, after, act.kind)


def number_of(act: Act, after: Case) -> int | None:
    """The number of the draft, the promise or the alarm that an act is about."""
    if act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR):
        return after.urgencies
    return {ActKind.DRAFT: after.drafts, ActKind.PROMISE: after.commitments}.get(act.kind, act.number)
