"""The relay publishes what was staged in the outbox, and forgets exactly that."""

from typing import Any

from shared.bus import Bus, Message
from shared.db.transaction import Tx
from shared.service import RunningService

# One relay at a time per service, or two would reorder one complaint's events; advisory locks are per database.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('relay'), hashtext(current_schema()))"
# Exactly the rows read: a slower transaction may still commit a lower seq.
READ = "SELECT seq, topic, key, value FROM outbox ORDER BY seq LIMIT :limit"
DELETE = "DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))"


async def relay_once(service: RunningService[Any], bus: Bus) -> int:
    """Publish the oldest staged events and forget exactly those; how many they were."""
    async with service.begin() as tx:
        if not (await tx.execute(LOCK)).scalar_one():
            return 0
        rows = (await tx.execute(READ, {"limit": tx.settings.relay_batch})).all()
        if not rows:
            return 0
        await bus.publish([Message(row.topic, row.key, row.value.encode()) for row in rows])
        await tx.execute(DELETE, {"seqs": [row.seq for row in rows]})
    return len(rows)


async def backlog(tx: Tx[Any]) -> tuple[int, float]:
    """How many events wait, and the age of the oldest in seconds."""
    row = (
        await tx.execute(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(staged_at)), 0) AS age FROM outbox"
        )
    ).one()
    return row.waiting, float(row.age)
