"""Commitments: read for the acts that keep or move them, written after, and told to the others."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.routing.actions.agencies import ref_of
from services.routing.domain.commitments import Commitment, Key
from services.routing.domain.records import PastAct
from services.routing.models.cases import CaseRecord
from services.routing.models.commitments import CommitmentRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import Fact, PromiseKept, PromiseMade, PromiseMoved

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
COLUMNS = tuple(field.name for field in fields(Commitment))
OF_CASES = (
    select(*(getattr(CommitmentRecord, name) for name in COLUMNS))
    .where(CommitmentRecord.complaint_id == IDS)
    .order_by(CommitmentRecord.complaint_id, CommitmentRecord.number)
)
WITH_OPEN = select(CaseRecord.id).where(CaseRecord.id == IDS, CaseRecord.open_commitments > 0)


async def commitments_of(tx: Tx[State], ids: Collection[UUID]) -> dict[Key, Commitment]:
    """What was promised about these complaints, in the order of the numbers."""
    found = await tx.records(Commitment, OF_CASES, {"ids": list(ids)}) if ids else ()
    return {each.key: each for each in found}


async def save_commitments(tx: Tx[State], changed: Iterable[Commitment]) -> None:
    """Write promises that are new or have changed; their cases are locked."""
    rows = [{name: getattr(each, name) for name in COLUMNS} for each in changed]
    await tx.upsert(CommitmentRecord, rows, key=("complaint_id", "number"))


async def with_open_commitments(tx: Tx[State], ids: Collection[UUID]) -> set[UUID]:
    """Those of these complaints about which something is promised and not kept yet: none of them may be closed."""
    return set((await tx.execute(WITH_OPEN, {"ids": list(ids)})).scalars()) if ids else set()


def told_of(state: State, act: PastAct, before: Commitment | None, after: Commitment) -> Iterator[Fact]:
    """What is told of a promise that this act has made, kept or moved."""
    id, agency, sealed = act.complaint_id, ref_of(state.agency(act.holder)), cast(str, act.sealed)
    number, due_on = after.number, after.due_on
    if before is None:
        yield PromiseMade(complaint_id=id, agency=agency, number=number, due_on=due_on, sealed=sealed)
    elif after.kept_at:
        made_at = after.made_at
        yield PromiseKept(complaint_id=id, agency=agency, number=number, made_at=made_at, due_on=due_on, sealed=sealed)
    else:
        yield PromiseMoved(
            complaint_id=id,
            agency=agency,
            number=number,
            made_at=after.made_at,
            due_on=due_on,
            previous=before.due_on,
            sealed=sealed,
        )
