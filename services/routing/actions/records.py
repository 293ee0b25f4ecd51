"""Records: acts as they were done, found by their keys, and what each tells the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ActorRole, Classification, Kind


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
    corrected: Mapping[str, str] | None = None
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


def done_by_system(id: UUID, kind: ActKind, at: datetime, after: Case, **about: Any) -> PastAct:
    """An act of the system on a case; `about` are the fields that its kind adds."""
    return PastAct(
        id=uuid7(),
        complaint_id=id,
        kind=kind.value,
        at=at,
        by="system",
        role="system",
        agency=None,
        holder=after.holder,
        state=after.state,
        **about,
    )


def number_of(act: Act, after: Case) -> int | None:
    """The number of the draft, the promise or the alarm that an act is about, or of the parts that it opens."""
    if act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR):
        return after.urgencies
    counted = {ActKind.DRAFT: after.drafts, ActKind.PROMISE: after.commitments, ActKind.SPLIT: len(act.parts)}
    counted |= {ActKind.CONTRIBUTION_REQUEST: len(after.support)}
    return counted.get(act.kind, act.number)
