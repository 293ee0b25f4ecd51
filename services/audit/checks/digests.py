"""All open complaints at once: a digest of each service, and the ids of those that differ twice in a row.

MD5 gives the same in every version of PostgreSQL; its own hashes do not. Buckets are taken from the hash of the id,
since the ids of a minute begin alike.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.audit.databases import Databases, ReadOnly
from services.audit.domain.complaints import SETTLING
from services.audit.domain.digests import BUCKETS, Digest, Looks, differing
from shared.vocabulary import ENDED, UNVERIFIED

# The open complaints of each service, and what is compared of each: `held` between routing and sla, `shown` between
# routing and intake. sla knows of a complaint's state only whether it was forwarded.
ENDS = ", ".join(f"'{state}'" for state in sorted(ENDED))
ROUTING = f"""
SELECT id, holder || '|' || holder || '|' || (state <> '{UNVERIFIED}')::text AS held, state AS shown
FROM cases WHERE state NOT IN ({ENDS}) AND filed_at < :until
"""
SLA = """
SELECT c.id, concat_ws('|', l.agency, c.holder, '') || (c.transfers IS NOT NULL OR c.splits <> '{}')::text AS held
FROM complaints c JOIN clocks l ON l.complaint_id = c.id AND l.name = 'life' AND l.cycle = 1
WHERE l.stopped_at IS NULL AND c.filed_at < :until
"""
INTAKE = f"""
SELECT c.id, coalesce(s.state, '') AS shown
FROM complaints c LEFT JOIN standings s ON s.complaint_id = c.id
WHERE (s.state IS NULL OR s.state NOT IN ({ENDS})) AND c.filed_at < :until
"""
# The first 16 digits of MD5 as a number; the eighth and the two before it are the bucket. OFFSET 0 has it counted once.
NUMBER = "('x' || left(md5({of}), 16))::bit(64)::bigint"
IN_BUCKETS = f"SELECT *, {NUMBER.format(of='id::text')} AS number FROM ({{open}}) AS open OFFSET 0"
HELD = "coalesce(bit_xor(" + NUMBER.format(of="id::text || '|' || held") + "), 0)"
DIGEST = f"""
SELECT (number >> 32 & {BUCKETS - 1})::int AS bucket, {{shown}} AS shown, count(*) AS size,
       {{held}} AS held, bit_xor(number) AS ids
FROM ({IN_BUCKETS}) AS numbered GROUP BY 1, 2
"""
SAID = f"""
SELECT id, {{what}} AS said FROM ({IN_BUCKETS}) AS numbered
WHERE (number >> 32 & {BUCKETS - 1})::int = ANY(CAST(:buckets AS int[]))
"""
# The pair that is compared: the hearer, its open complaints, and the column.
PAIRS = {"sla": (SLA, "held"), "intake": (INTAKE, "shown")}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The complaints of one bucket in one state: their number, and the hashes of what is held and of their ids."""

    bucket: int
    shown: str
    size: int
    held: int
    ids: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a service says of a complaint."""

    id: UUID
    said: str


async def look_at_all(databases: Databases, looks: Looks, now: datetime, pace: float = 1.0) -> tuple[set[UUID], int]:
    """The complaints whose buckets differ twice in a row and that differ now; and how many are open at routing."""
    until = now - SETTLING * pace
    owned, held, shown = await asyncio.gather(
        _digest(databases["routing"], ROUTING, until, held=HELD, shown="shown"),
        _digest(databases["sla"], SLA, until, held=HELD),
        _digest(databases["intake"], INTAKE, until, shown="shown"),
    )
    ids: set[UUID] = set()
    for name, ours, theirs in (("sla", _held(owned), _held(held)), ("intake", _shown(owned), _shown(shown))):
        if buckets := looks.twice(name, differing(ours, theirs)):
            ids |= await _differing_ids(databases, name, buckets, until)
    return ids, sum(row.size for row in owned)


async def _digest(
    database: ReadOnly, open: str, until: datetime, *, held: str = "0::bigint", shown: str = "''"
) -> Sequence[Bucket]:
    return await database.records(Bucket, DIGEST.format(open=open, held=held, shown=shown), {"until": until})


def _held(rows: Sequence[Bucket]) -> Digest:
    """Number and hash of ids and what is held, per bucket."""
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        size, hash = found.get(row.bucket, (0, 0))
        found[row.bucket] = size + row.size, hash ^ row.held
    return found


def _shown(rows: Sequence[Bucket]) -> Digest:
    """Number and hash of ids per bucket and state."""
    found: dict[int, frozenset[tuple[str, int, int]]] = defaultdict(frozenset)
    for row in rows:
        found[row.bucket] |= {(row.shown, row.size, row.ids)}
    return found


async def _differing_ids(databases: Databases, hearer: str, buckets: Collection[int], until: datetime) -> set[UUID]:
    open, what = PAIRS[hearer]
    values = {"until": until, "buckets": sorted(buckets)}
    owned, heard = await asyncio.gather(
        databases["routing"].records(Said, SAID.format(what=what, open=ROUTING), values),
        databases[hearer].records(Said, SAID.format(what=what, open=open), values),
    )
    return {each.id for each in {*owned} ^ {*heard}}
