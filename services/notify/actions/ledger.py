"""The ledger as officials read it, and a failed message tried again by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, not_, select

from services.notify.models import Complaint, Outgoing
from services.notify.state import State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.errors import Conflict, NotFound

REAL = RealClock()
# A new mail with an id of its own, for what it was joined with may have been sent since.
AGAIN = """
UPDATE messages SET state = 'waiting', reason = NULL, smtp_code = NULL, attempts = 0, mail_id = NULL, next_try_at = :now
WHERE id = ANY(CAST(:ids AS bigint[])) AND state IN ('failed', 'skipped')
"""
LOCK = "SELECT id, state FROM messages WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE"


class UnknownMessage(NotFound):
    """There is no such message."""

    indonesian = "Pesan tidak ditemukan."


class NotFailed(Conflict):
    """Only a message that failed or was skipped can be tried again."""

    indonesian = "Hanya pesan yang gagal atau dilewati yang dapat dicoba lagi."


async def messages(
    tx: Tx[State],
    complaint_id: UUID | None,
    state: str | None,
    after: int,
    limit: int,
    *,
    sees_confidential: bool = True,
) -> Sequence[Row[Any]]:
    """Ledger rows in the order written, after one; without any address."""
    wanted = select(Outgoing.__table__).where(Outgoing.id > after).order_by(Outgoing.id).limit(limit)
    if not sees_confidential:
        known = select(Complaint.id).where(Complaint.id == Outgoing.complaint_id, not_(Complaint.confidential))
        wanted = wanted.where(known.exists())
    if complaint_id:
        wanted = wanted.where(Outgoing.complaint_id == complaint_id)
    if state:
        wanted = wanted.where(Outgoing.state == state)
        if state != "sent":
            wanted = wanted.where(Outgoing.state != "sent")  # In the words of the partial index.
    return (await tx.execute(wanted)).all()


async def summary(tx: Tx[State]) -> Sequence[Row[str, str | None, int]]:
    """How many messages there are by state and reason."""
    counted = select(Outgoing.state, Outgoing.reason, func.count().label("messages"))
    grouped = counted.group_by(Outgoing.state, Outgoing.reason).order_by(Outgoing.state, Outgoing.reason)
    return (await tx.execute(grouped)).all()


async def retry_messages(tx: Tx[State], ids: Sequence[int]) -> Sequence[int | Exception]:
    """Have these messages tried again from the start; the id of each, or why not."""
    states = {row.id: row.state for row in await tx.execute(LOCK, {"ids": sorted(set(ids))})}
    await tx.execute(AGAIN, {"ids": list(states), "now": REAL.now()})
    return [_retried(id, states.get(id)) for id in ids]


def _retried(id: int, state: str | None) -> int | Exception:
    if state is None:
        return UnknownMessage()
    return id if state in ("failed", "skipped") else NotFailed()
