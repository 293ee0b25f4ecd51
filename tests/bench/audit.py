"""The time to compare 1,000,000 open complaints of routing, sla and intake by digest, and to find twenty damages."""

import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.audit.checks import complaints, digests
from services.audit.state import State, state_of
from services.settings import Settings
from shared import migrate
from shared.clock import ManualClock
from shared.db.database import Database
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL

OPEN, DAMAGED, SLICE = 1_000_000, 20, 20_000
TARGET_SECONDS = 5.0
NOW = datetime(2025, 7, 7, 2, tzinfo=UTC)
# Complaints of a month, forwarded and waiting for a follow-up; their ids are the same in each database.
SEED = (
    """
    INSERT INTO routing.cases (id, reference, filed_at, kind, confidential, sealed, rule, explanation, verifier, holder,
                               state)
    SELECT md5(n::text)::uuid, n, :filed, 'complaint', false, '', '', '', 'V', 'H' || n % 500, 'AWAITING_FOLLOW_UP'
    FROM generate_series(1, :open) AS n
    """,
    """
    INSERT INTO sla.complaints (id, filed_at, silent_since, holder, transfers)
    SELECT md5(n::text)::uuid, :filed, :filed, 'H' || n % 500, 0 FROM generate_series(1, :open) AS n
    """,
    """
    INSERT INTO sla.clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version,
                            due_at, next_step, next_at, moved_at)
    SELECT md5(n::text)::uuid, name, 1, 'H' || n % 500, 'Asia/Jakarta', :filed, 5, 'working', 1, :filed, 1,
           CAST(:filed AS timestamptz) + interval '60 days', :filed
    FROM generate_series(1, :open) AS n, unnest(ARRAY['life', 'follow_up', 'resolution']) AS name
    """,
    """
    INSERT INTO intake.complaints (id, reference, filed_at, kind, channel, anonymous, confidential, sealed)
    SELECT md5(n::text)::uuid, n, :filed, 'complaint', 'web', true, false, '' FROM generate_series(1, :open) AS n
    """,
    """
    INSERT INTO notify.complaints (id, reference, anonymous, confidential, filed_at)
    SELECT md5(n::text)::uuid, n, true, false, :filed FROM generate_series(1, :open) AS n
    """,
    """
    INSERT INTO intake.standings (complaint_id, state, agency_name, missed, step)
    SELECT md5(n::text)::uuid, 'AWAITING_FOLLOW_UP', 'H' || n % 500, '[]', 0
    FROM generate_series(1, :open) AS n
    """,
)
TABLES = "routing.cases, sla.complaints, sla.clocks, intake.complaints, intake.standings, notify.complaints"
DAMAGE = (
    "UPDATE sla.clocks SET agency = 'X' WHERE name = 'life' AND complaint_id IN"
    f" (SELECT md5(n::text)::uuid FROM generate_series(1, {DAMAGED}) AS n)"
)


def main() -> bool:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, postgres(Path(folder) / "pg") as server:
        figures = uvloop.run(_measure(server, Path(folder)))
    print(json.dumps(figures))
    return bool(figures["digest_s"] <= TARGET_SECONDS and figures["found"] == DAMAGED)


async def _measure(server: Postgres, folder: Path) -> dict[str, Any]:
    state = await _seeded(server, folder)
    digest_s, found = await _timed_look(state)
    assert found == set(), "the databases agree"
    await _run(server.url("audit"), [DAMAGE])
    await _timed_look(state)
    narrowed_s, found = await _timed_look(state)
    started = perf_counter()
    ids, _ = await complaints.ids_after(state.databases, complaints.FIRST, SLICE)
    await complaints.look_at(state.databases, ids, NOW)
    slice_s = perf_counter() - started
    await state.databases.close()
    return {
        "bench": "audit",
        "open": OPEN,
        "digest_s": round(digest_s, 2),
        "narrowed_s": round(narrowed_s, 2),
        "found": len(found),
        "slice": SLICE,
        "slice_s": round(slice_s, 2),
    }


async def _timed_look(state: State) -> tuple[float, set[Any]]:
    started = perf_counter()
    found, count = await digests.look_at_all(state.databases, state.looks, NOW)
    assert count == OPEN
    return perf_counter() - started, found


async def _seeded(server: Postgres, folder: Path) -> State:
    await create_roles(server.url(), "audit", ALL)
    for name in ALL:
        db = Database(server.url("audit", name))
        await migrate.upgrade(db.engine, name)
        await db.close()
    values = {"open": OPEN, "filed": NOW - timedelta(days=30)}
    await _run(server.url("audit"), ["SET session_replication_role = replica", *SEED], values)
    await _run(server.url("audit"), [f"VACUUM ANALYZE {TABLES}", "CHECKPOINT"])
    urls: dict[str, Any] = {f"audit_{name}_database_url": server.url("audit", f"audit_{name}") for name in ALL}
    return state_of(Settings(data_dir=folder, **urls), ManualClock(NOW))


async def _run(url: str, statements: Sequence[str], values: dict[str, Any] | None = None) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement), values if values and ":open" in statement else None)
    await engine.dispose()


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
