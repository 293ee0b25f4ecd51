"""Two sweepers escalate 100,000 due clocks among 1,000,000: the time, the lateness, the cost of an idle sweep."""

import asyncio
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.routing.domain.directories import read_agencies
from services.settings import Settings
from services.sla.actions import steps
from services.sla.main import service as definition
from shared import inbox, migrate
from shared.calendar import ZONES
from shared.clock import ManualClock
from shared.events import AgencyPublished, SeatCard, event_of
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import connect, freeze_startup_objects
from shared.service import RunningService
from tests.bench.load import quantile
from tests.make import hear_promises, message_of

OPEN, DUE, FEW = 1_000_000, 100_000, 10_000
TARGET_SECONDS, TARGET_IDLE_MS, TARGET_LATE_SECONDS = 10.0, 5.0, 2.0
STEADY_SECONDS = 20
IDLE_SWEEPS = 300
NOW = datetime(2025, 7, 7, 2, tzinfo=UTC)
# Follow-up clocks of all units of the country; `due` of them reach their limit within one second.
SEED = """
INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at,
                    next_step, next_at, moved_at)
SELECT gen_random_uuid(), 'follow_up', 1, unit.code, unit.zone, CAST(:now AS timestamptz) - interval '7 days', 5,
       'working', 1, due.at, 3, due.at, CAST(:now AS timestamptz)
FROM generate_series(1, CAST(:open AS int)) AS n
JOIN (SELECT code, zone, row_number() OVER (ORDER BY code) AS number FROM agencies WHERE tier = 'unit') AS unit
  ON unit.number = 1 + n % (SELECT count(*) FROM agencies WHERE tier = 'unit')
CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) + CASE WHEN n <= :due THEN interval '1 second' * random()
                    ELSE interval '1 day' * (1 + random() * 30) END AS at) AS due
"""


# Clocks of the bench, due one after the other at a steady rate.
SPREAD = """
UPDATE clocks SET next_at = CAST(:begun AS timestamptz) + spread.nth * interval '1 second' / CAST(:per_s AS int),
       moved_at = CAST(:begun AS timestamptz)
FROM (SELECT complaint_id, row_number() OVER () AS nth FROM clocks WHERE next_step = 3 LIMIT CAST(:clocks AS int))
  AS spread
WHERE clocks.complaint_id = spread.complaint_id
"""


def main() -> bool:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, postgres(Path(folder) / "pg") as server:
        figures = uvloop.run(_measure(server, Path(folder)))
    print(json.dumps(figures))
    return bool(
        figures["seconds"] <= TARGET_SECONDS
        and figures["idle_ms"] <= TARGET_IDLE_MS
        and figures["late_p99_s"] <= TARGET_LATE_SECONDS
        and figures["due"] == figures["staged"] == DUE
    )


async def _measure(server: Postgres, folder: Path) -> dict[str, Any]:
    clock = ManualClock(NOW)
    few = await _service(server, folder, "few", clock, FEW, 0)
    many = await _service(server, folder, "many", clock, OPEN, DUE)
    freeze_startup_objects()
    idle_few, idle_many = await _idle(few, many)
    taken, seconds = await _together(many, clock, server.url("many", "sla"))
    staged = await _staged(many)
    late = await _late(many, clock, round(taken / seconds / 2))
    return {
        "bench": "escalation",
        "open": OPEN,
        "due": taken,
        "staged": staged,
        "seconds": round(seconds, 2),
        "per_s": round(taken / seconds),
        "idle_ms": round(idle_many * 1000, 3),
        "idle_ratio": round(idle_many / idle_few, 3),
        "late_p99_s": round(late, 2),
        "late_at_per_s": round(taken / seconds / 2),
    }


async def _together(service: RunningService, clock: ManualClock, url: str) -> tuple[int, float]:
    """The steps that this sweeper and another process take, and the seconds until both have found nothing more."""
    clock.advance_to(NOW + timedelta(seconds=1))
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.sweeper",
        url,
        clock.now().isoformat(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdin is not None and other.stdout is not None
    while (line := await other.stdout.readline()).strip() != b"ready":
        if not line:
            raise RuntimeError("the second sweeper has ended")
    started = perf_counter()
    other.stdin.write(b"\n")
    taken = 0
    while swept := await steps.sweep_once(service):
        taken += swept
    taken += int(await other.stdout.readline())
    seconds = perf_counter() - started
    await other.wait()
    return taken, seconds


async def _late(service: RunningService, clock: ManualClock, per_s: int) -> float:
    """The 99th percentile of the seconds from a due moment to the end of the sweep that staged its step."""
    begun, origin = clock.now() + timedelta(hours=1), perf_counter()
    async with service.begin() as tx:
        await tx.execute(SPREAD, {"begun": begun, "per_s": per_s, "clocks": per_s * STEADY_SECONDS})
    clock.advance_to(begun)
    origin, late = perf_counter(), list[float]()
    due = [nth / per_s for nth in range(1, per_s * STEADY_SECONDS + 1)]
    while due:
        clock.advance_to(begun + timedelta(seconds=perf_counter() - origin))
        swept = await steps.sweep_once(service)
        ended = perf_counter() - origin
        late += [ended - at for at in due[:swept]]
        del due[:swept]
        if not swept:
            await asyncio.sleep(0.1)
    return quantile(late, 0.99)


async def _service(
    server: Postgres, folder: Path, name: str, clock: ManualClock, clocks: int, due: int
) -> RunningService:
    await create_roles(server.url(), name, ["sla"])
    service = connect(definition, Settings(data_dir=folder, sla_database_url=server.url(name, "sla")), clock)
    await migrate.upgrade(service.db.engine, "sla")
    await service.prepare()
    await _receive_directory(service)
    async with service.begin() as tx:
        await tx.execute(SEED, {"now": NOW, "open": clocks, "due": due})
    await hear_promises(service, NOW + timedelta(days=1))
    await _vacuum(server.url(name))
    return service


async def _receive_directory(service: RunningService) -> None:
    cards = [
        AgencyPublished(
            code=agency.code,
            name=agency.name,
            tier=agency.tier,  # type: ignore[arg-type]
            parent=agency.parent,
            region=agency.region,
            zone=ZONES[agency.zone],
            field=agency.field,
            seats=tuple(SeatCard(role=s.role, title=s.title, email=s.email) for s in agency.seats),  # type: ignore[arg-type]
        )
        for agency in read_agencies()
    ]
    await inbox.receive(service, [message_of(event_of(card, NOW)) for card in cards])


async def _vacuum(url: str) -> None:
    """Vacuum as autovacuum does within a minute after such a load."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE sla.clocks"))
        await connection.execute(text("CHECKPOINT"))
    await engine.dispose()


async def _idle(few: RunningService, many: RunningService) -> tuple[float, float]:
    """Median seconds of a sweep with nothing due, measured in alternation."""
    seconds: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(IDLE_SWEEPS):
        for side, service in enumerate((few, many)):
            started = perf_counter()
            assert await steps.sweep_once(service) == 0
            seconds[side].append(perf_counter() - started)
    return median(seconds[0]), median(seconds[1])


async def _staged(service: RunningService) -> int:
    async with service.begin() as tx:
        found = await tx.execute('SELECT count(*) FROM outbox WHERE value LIKE \'%"type":"ComplaintEscalated"%\'')
        return int(found.scalar_one())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
