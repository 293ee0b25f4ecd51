"""Restatements: intake says a filing again, what its reporter did, and how it was rated, for whoever has lost it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.intake.actions.ratings import GIVEN, fact_of
from services.intake.models import Complaint, ReporterActRow
from services.intake.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled, Event, LawViolated, ReporterActed
from shared.events.audit import owned_by

FIELDS = tuple(name for name in ComplaintFiled.model_fields if name not in ("complaint_id", "again"))
FILINGS = (
    select(Complaint.id, *(getattr(Complaint, name) for name in FIELDS))
    # A part was never filed: routing has opened it.
    .where(Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid))), Complaint.part_of.is_(None))
    .order_by(Complaint.id)
)
ACTS = (
    select(
        ReporterActRow.complaint_id,
        ReporterActRow.act,
        ReporterActRow.number,
        ReporterActRow.stage,
        ReporterActRow.at,
        ReporterActRow.sealed,
    )
    .where(ReporterActRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(ReporterActRow.complaint_id, ReporterActRow.at)
)


async def say_again(tx: Tx[State], ids: Sequence[UUID]) -> int:
    """Stage these filings and what their reporters did again, each as of its own moment; how many filings there are."""
    rows = [row._asdict() for row in await tx.execute(FILINGS, {"ids": list(ids)})]
    for row in rows:
        id = row.pop("id")
        tx.stage(ComplaintFiled(complaint_id=id, again=True, **row), at=row["filed_at"])
    for act in await tx.execute(ACTS, {"ids": list(ids)}):
        said = ReporterActed(
            complaint_id=act.complaint_id,
            act=act.act,
            number=act.number,
            stage=act.stage,
            sealed=act.sealed,
            again=True,
        )
        tx.stage(said, at=act.at)
    for rating in await tx.execute(GIVEN, {"ids": list(ids)}):
        tx.stage(fact_of(rating._mapping, again=True), at=rating.at)
    return len(rows)


async def say_violated_again(tx: Tx[State], events: Sequence[Event[LawViolated]]) -> None:
    """Say the complaints again whose violations intake can mend; the auditor names intake once for each."""
    if ids := owned_by("intake", events):
        await say_again(tx, ids)
