"""Records: acts as they were done, found by their keys, and with the cases before and after them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.routing.actions.agencies import ref_of
from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.domain.contests import JUDGEMENTS
from services.routing.domain.records import PastAct
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared.calendar import Calendar
from shared.db.transaction import Tx
from shared.events import AgencyRef
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ROOT


@dataclass(frozen=True, slots=True)
class Done:
    """An act on record, with its case before and after it; `asked_at` is the moment of a reporter's wish."""

    state: State
    act: PastAct
    before: Case
    after: Case
    asked_at: datetime | None = None

    @property
    def id(self) -> UUID:
        return self.act.complaint_id

    @property
    def by(self) -> str:
        """The agency that acted; events never name the person."""
        return self.act.agency or ROOT

    @property
    def words(self) -> str:
        return self.act.sealed or ""

    @property
    def holder(self) -> AgencyRef:
        return self.ref(self.after.holder)

    @property
    def calendar(self) -> Calendar:
        return self.state.calendar(self.after.holder)

    def ref(self, code: str) -> AgencyRef:
        return ref_of(self.state.agency(code))


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
    """The number of the draft, promise, alarm, order or referral of an act, or of the parts that it opens."""
    if act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR):
        return after.urgencies
    counted = {ActKind.DRAFT: after.drafts, ActKind.PROMISE: after.commitments, ActKind.SPLIT: len(act.parts)}
    counted |= {ActKind.CONTRIBUTION_REQUEST: len(after.support), ActKind.HANDOVER: after.referrals}
    counted |= dict.fromkeys(JUDGEMENTS, after.contests)
    counted |= dict.fromkeys((ActKind.ORDER, ActKind.ACKNOWLEDGEMENT), after.orders)
    return counted.get(act.kind, act.number)
