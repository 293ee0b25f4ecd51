"""Restatements: intake says a filing again, for whoever has lost it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.intake.models import Complaint
from services.intake.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled

FIELDS = tuple(name for name in ComplaintFiled.model_fields if name not in ("complaint_id", "again"))
FILINGS = (
    select(Complaint.id, *(getattr(Complaint, name) for name in FIELDS))
    .where(Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Complaint.id)
)


async def say_again(tx: Tx[State], ids: Sequence[UUID]) -> int:
    """Stage the filings of these complaints again, each as of its own moment; how many of them there are."""
    rows = [row._asdict() for row in await tx.execute(FILINGS, {"ids": list(ids)})]
    for row in rows:
        id = row.pop("id")
        tx.stage(ComplaintFiled(complaint_id=id, again=True, **row), at=row["filed_at"])
    return len(rows)
