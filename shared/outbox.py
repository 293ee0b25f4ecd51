"""Transactional outbox: an event is staged with the change it tells of, then relayed to the bus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, func

from shared.bus import Bus, Message
from shared.events import Event, encode

if TYPE_CHECKING:
    from shared.db import Tx
    from shared.service import Site

# One relay at a time per service, or two would reorder one complaint's events; advisory locks are per database.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('relay'), hashtext(current_schema()))"
# Exactly the rows read: a slower transaction may still commit a lower seq.
READ = "SELECT seq, topic, key, value FROM outbox ORDER BY seq LIMIT :limit"
DELETE = "DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))"


def outbox_table(tables: MetaData) -> Table:
    return Table(
        "outbox",
        tables,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("value", Text, nullable=False),
        Column("staged_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )


async def stage(tx: "Tx", events: Sequence[Event[Any]]) -> None:
    rows = [{"topic": event.fact.topic, "key": event.subject, "value": encode(event).decode()} for event in events]
    await tx.insert(tx.site.service.tables.tables["outbox"], rows)


async def relay_once(site: "Site", bus: Bus) -> int:
    """Publish the oldest staged events and forget exactly those; how many they were."""
    async with site.db.begin(site) as tx:
        if not (await tx.execute(LOCK)).scalar_one():
            return 0
        rows = (await tx.execute(READ, {"limit": site.settings.relay_batch})).all()
        if not rows:
            return 0
        await bus.publish([Message(row.topic, row.key, row.value.encode()) for row in rows])
        await tx.execute(DELETE, {"seqs": [row.seq for row in rows]})
    return len(rows)


async def backlog(tx: "Tx") -> tuple[int, float]:
    """How many events wait, and the age of the oldest in seconds."""
    row = (
        await tx.execute(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(staged_at)), 0) AS age FROM outbox"
        )
    ).one()
    return row.waiting, float(row.age)
