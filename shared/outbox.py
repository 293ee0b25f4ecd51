"""Transactional outbox: an event is staged with the change it tells of; `shared/relay.py` publishes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, func

from shared.events import Event, encode

if TYPE_CHECKING:
    from shared.db import Tx

# More than this many are estimated: counting them all at each scrape would read the whole backlog.
COUNTED = 10_000
BACKLOG = f"""
WITH few AS (SELECT seq FROM outbox ORDER BY seq LIMIT {COUNTED + 1}), low AS (SELECT min(seq) AS seq FROM few)
SELECT CASE WHEN (SELECT count(*) FROM few) <= {COUNTED} THEN (SELECT count(*) FROM few)
            ELSE (SELECT max(seq) FROM outbox) - low.seq + 1 END AS waiting,
       coalesce(extract(epoch FROM now() - outbox.staged_at), 0) AS age
FROM low LEFT JOIN outbox USING (seq)
"""


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


async def backlog(tx: "Tx") -> tuple[int, float]:
    """How many events wait, and the age of the oldest in seconds.

    The number is exact up to COUNTED; beyond, it is the span of their sequence numbers, which counts gaps too.
    """
    row = (await tx.execute(BACKLOG)).one()
    return row.waiting, float(row.age)


async def anything_waits(tx: "Tx") -> bool:
    return bool((await tx.execute("SELECT EXISTS (SELECT FROM outbox)")).scalar_one())
