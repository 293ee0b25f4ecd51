"""All open complaints at once: a digest of each service, and the ids of those that differ twice in a row.

MD5 gives the same in every version of PostgreSQL; its own hashes do not. Buckets are taken from the hash of the id,
since the ids of a minute begin alike.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.audit.databases import Databases, ReadOnly
from services.audit.domain.complaints import SETTLING
from services.audit.domain.digests import BUCKETS, Digest, Looks, differing
from shared.vocabulary import ANSWERED, STATE_LABELS, UNVERIFIED

# The open complaints of each service, and what is compared of each: `held` between routing and sla, `shown` between
# routing and intake. Of a state sla keeps on a complaint whether it was forwarded.
LABELS = " ".join(f"WHEN '{state}' THEN '{label}'" for state, label in STATE_LABELS.items())
ROUTING = f"""
SELECT id, holder || '|' || (state <> '{UNVERIFIED}')::text AS held, CASE state {LABELS} ELSE state END AS shown
FROM cases WHERE state <> '{ANSWERED}' AND filed_at < :until
"""
SLA = """
SELECT c.id, l.agency || '|' || (c.transfers IS NOT NULL)::text AS held
FROM complaints c JOIN clocks l ON l.complaint_id = c.id AND l.name = 'life' AND l.cycle = 1
WHERE l.stopped_at IS NULL AND c.filed_at < :until
"""
INTAKE = f"""
SELECT c.id, coalesce(s.label, '') AS shown
FROM complaints c LEFT JOIN standings s ON s.complaint_id = c.id
WHERE (s.label IS NULL OR s.label <> '{STATE_LABELS[ANSWERED]}') AND c.filed_at < :until
"""
BUCKET = f"('x' || left(md5(id::text), 8))::bit(32)::int & {BUCKETS - 1}"
HASH = "bit_xor(('x' || left(md5(id::text || '|' || {what}), 16))::bit(64)::bigint)"
DIGEST = "SELECT {bucket} AS bucket, count(*) AS size, {hashes} FROM ({open}) AS open GROUP BY 1"
SAID = "SELECT id, {what} AS said FROM ({open}) AS open WHERE {bucket} = ANY(CAST(:buckets AS int[]))"
# The pair that is compared: the hearer, its open complaints, and the column.
PAIRS = {"sla": (SLA, "held"), "intake": (INTAKE, "shown")}


async def look_at_all(databases: Databases, looks: Looks, now: datetime) -> tuple[set[UUID], int]:
    """The complaints whose buckets differ twice in a row and that differ now; and how many are open at routing."""
    until = now - SETTLING
    owned = asyncio.create_task(_owned(databases["routing"], until))
    heard = await asyncio.gather(*(_digest(databases[name], *PAIRS[name], until) for name in PAIRS))
    digests, count = await owned
    ids: set[UUID] = set()
    for name, digest in zip(PAIRS, heard, strict=True):
        _, what = PAIRS[name]
        if buckets := looks.twice(name, differing(digests[what], digest)):
            ids |= await _differing_ids(databases, name, buckets, until)
    return ids, count


async def _owned(database: ReadOnly, until: datetime) -> tuple[dict[str, Digest], int]:
    """Routing's digests by column, of one pass over its cases; and how many are open."""
    hashes = ", ".join(f"{HASH.format(what=what)} AS {what}" for what in ("held", "shown"))
    rows = await database.rows(DIGEST.format(bucket=BUCKET, hashes=hashes, open=ROUTING), {"until": until})
    digests: dict[str, Digest] = {
        what: {row.bucket: (row.size, getattr(row, what)) for row in rows} for what in ("held", "shown")
    }
    return digests, sum(row.size for row in rows)


async def _digest(database: ReadOnly, open: str, what: str, until: datetime) -> Digest:
    hashes = f"{HASH.format(what=what)} AS hash"
    rows = await database.rows(DIGEST.format(bucket=BUCKET, hashes=hashes, open=open), {"until": until})
    return {row.bucket: (row.size, row.hash) for row in rows}


async def _differing_ids(databases: Databases, hearer: str, buckets: Collection[int], until: datetime) -> set[UUID]:
    open, what = PAIRS[hearer]
    values = {"until": until, "buckets": sorted(buckets)}
    owned, heard = await asyncio.gather(
        databases["routing"].rows(SAID.format(what=what, open=ROUTING, bucket=BUCKET), values),
        databases[hearer].rows(SAID.format(what=what, open=open, bucket=BUCKET), values),
    )
    return {UUID(str(id)) for id, _ in _said(owned) ^ _said(heard)}


def _said(rows: Sequence[tuple[UUID, str]]) -> set[tuple[str, str]]:
    return {(str(id), said) for id, said in rows}
