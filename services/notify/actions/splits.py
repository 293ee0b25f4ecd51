"""Parts of complaints: remembered with the reporter of the whole, and announced to whoever must answer them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.notify.actions.messages import write_messages
from services.notify.models.complaints import Complaint
from services.notify.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.events import Event, PartOpened

WHOLES = select(Complaint.id, Complaint.reporter_ref, Complaint.anonymous).where(
    Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)


async def note_parts(tx: Tx[State], events: Sequence[Event[PartOpened]]) -> None:
    """Remember these parts, and write to their holders.

    Raises UnknownComplaint for a whole that is not known here: the event is then parked and not lost.
    """
    found = await tx.execute(WHOLES, {"ids": [event.fact.part_of for event in events]})
    wholes: dict[UUID, tuple[UUID | None, bool]] = {row.id: (row.reporter_ref, row.anonymous) for row in found}
    if any(event.fact.part_of not in wholes for event in events):
        raise UnknownComplaint
    rows = []
    for fact in (event.fact for event in events):
        reporter_ref, anonymous = wholes[fact.part_of]
        rows.append(
            {
                "id": fact.complaint_id,
                "reference": fact.reference,
                "reporter_ref": reporter_ref,
                "anonymous": anonymous,
                "confidential": fact.confidential,
                "filed_at": fact.filed_at,
            }
        )
    await tx.insert(Complaint, rows, skip_known=True)
    await write_messages(tx, events)
