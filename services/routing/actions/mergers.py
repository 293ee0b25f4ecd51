"""Mergers: the cases that wait for others, locked, and what is told of a merger and of its end."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.routing.actions.agencies import ref_of
from services.routing.actions.cases import CASE_FIELDS, case_of
from services.routing.domain.cases import Case
from services.routing.domain.mergers import Kin
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintMerged, ComplaintSeparated

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
# Their main cases are locked already, so that none is merged into these meanwhile.
LOCKED_FOLLOWERS = (
    select(CaseRecord.id, *(getattr(CaseRecord, name) for name in CASE_FIELDS))
    .where(CaseRecord.merged_into == IDS)
    .order_by(CaseRecord.id)
    .with_for_update()
)
LEADING = select(CaseRecord.merged_into).where(CaseRecord.merged_into == IDS).distinct()
CONFIDENTIAL = select(CaseRecord.id).where(CaseRecord.id == IDS, CaseRecord.confidential)


async def locked_followers(tx: Tx[State], ids: Collection[UUID]) -> dict[UUID, Case]:
    """The cases that were merged into these, locked until the transaction ends."""
    return {row.id: case_of(row._mapping) for row in await tx.execute(LOCKED_FOLLOWERS, {"ids": list(ids)})}


async def kin_of(tx: Tx[State], ids: Collection[UUID]) -> Kin:
    """Which of these locked cases lead others, and which are confidential."""
    if not ids:
        return Kin()
    values = {"ids": list(ids)}
    leading = (await tx.execute(LEADING, values)).scalars()
    return Kin({id for id in leading if id}, frozenset((await tx.execute(CONFIDENTIAL, values)).scalars()))


def merged(state: State, id: UUID, by: str, before: Case, after: Case) -> ComplaintMerged:
    """What is told of a merger."""
    if after.merged_into is None:
        raise ValueError("a merged case names its main case")
    return ComplaintMerged(
        complaint_id=id,
        agency=ref_of(state.agency(after.holder)),
        by=by,
        cycle=after.mergers,
        state=before.state,
        merged_into=after.merged_into,
        verifier=after.unverified_by,
    )


def separated(id: UUID, by: str, after: Case) -> ComplaintSeparated:
    """What is told of a case that goes on by itself."""
    return ComplaintSeparated(
        complaint_id=id,
        agency=after.holder,
        by=by,
        cycle=after.mergers,
        state=after.state,
        verifier=after.unverified_by,
    )
