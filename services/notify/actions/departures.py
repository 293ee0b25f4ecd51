"""Departures: what was asked of a seat whose agency has left is asked of the same seat of its successor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.actions.vacancies import REAL, open_until
from services.notify.domain.deliveries import AGENCY_DEPARTED, SKIPPED, WAITING
from services.notify.domain.notices import first_late_at
from services.notify.domain.recipients import SEAT
from services.notify.domain.requests import MOVING, STAYING
from services.notify.models.departures import LEFT_OPEN
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.vocabulary import ROOT, MessageState


@dataclass(frozen=True, slots=True)
class LeftRequest:
    """An open request to a seat that is no more; `heir` is the agency that stands for its own."""

    id: int
    event_id: UUID
    role: str
    complaint_id: UUID
    reference: str | None
    about: str
    template: str
    details: Mapping[str, Any]
    state: MessageState
    heir: str | None


async def ask_successors(tx: Tx[State], agencies: Sequence[str]) -> None:
    """Ask the successors of these agencies, which have left, for what is still open; each once.

    A request that waits is not sent any more: its seat is no longer there.
    """
    if not agencies:
        return
    values = {"codes": list(agencies), "moving": sorted(MOVING), **open_until(STAYING)}
    left = await tx.records(LeftRequest, LEFT_OPEN, values)
    waiting = [each.id for each in left if each.state == WAITING]
    gone = {"state": SKIPPED, "reason": AGENCY_DEPARTED, "mail_id": None}
    await tx.update(Message, [{"id": id, **gone} for id in waiting], key="id")
    await tx.insert(Message, [_row(tx, each) for each in left], skip_known=True)
    if left:
        tx.wake(SENDER)


def _row(tx: Tx[State], left: LeftRequest) -> Mapping[str, Any]:
    heir, now = left.heir or ROOT, REAL.now()
    return {
        "event_id": left.event_id,
        # The same event may have sent the seat another message.
        "recipient": f"{heir}/{left.role}/{left.template}",
        "channel": "email",
        "kind": SEAT,
        "agency": heir,
        "role": left.role,
        "complaint_id": left.complaint_id,
        "reference": left.reference,
        "about": left.about,
        "template": left.template,
        "details": left.details,
        "next_try_at": now,
        "tried_since": now,
        "late_at": first_late_at(left.template, now),
        "created_at": tx.now,
    }
