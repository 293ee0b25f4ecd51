"""The time to escalate 100,000 due clocks among 1,000,000 open ones, and the cost of an idle sweep."""

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
from tests.make import hear_promises, message_of

OPEN, DUE, FEW = 1_000_000, 100_000, 10_000
TARGET_PER_S, TARGET_IDLE = 5_000, 1.5
IDLE_SWEEPS = 300
NOW = datetime(2025, 7, 7, 2, tzinfo=UTC)
# Follow-up clocks of all units of the country; `due` of them reach their limit within one second.
SEED = """
INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at,
                    next_step, next_at)
SELECT gen_random_uuid(), 'follow_up', 1, unit.code, unit.zone, CAST(:now AS timestamptz) - interval '7 days', 5,
       'working', 1, due.at, 3, due.at
FROM generate_series(1, CAST(:open AS int)) AS n
JOIN (SELECT code, zone, row_number() OVER (ORDER BY code) AS number FROM agencies WHERE tier = 'unit') AS unit
  ON unit.number = 1 + n % (SELECT count(*) FROM agencies WHERE tier = 'unit')
CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) + CASE WHEN n <= :due THEN interval '1 second' * random()
                    ELSE interval '1 day' * (1 + random() * 30) END AS at) AS due
"""


def main() -> bool:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, postgres(Path(folder) / "pg") as server:
        figures = uvloop.run(_measure(server, Path(folder)))
    print(json.dumps(figures))
    return bool(figures["per_s"] >= TARGET_PER_S and figures["idle_ratio"] <= TARGET_IDLE)


async def _measure(server: Postgres, folder: Path) -> dict[str, Any]:
    clock = ManualClock(NOW)
    few = await _service(server, folder, "few", clock, FEW, 0)
    many = await _service(server, folder, "many", clock, OPEN, DUE)
    freeze_startup_objects()
    idle_few, idle_many = await _idle(few, many)
    clock.advance_to(NOW + timedelta(seconds=1))
    started = perf_counter()
    taken = 0
    while swept := await steps.sweep_once(many):
        taken += swept
    seconds = perf_counter() - started
    return {
        "bench": "escalation",
        "open": OPEN,
        "due": taken,
        "staged": await _staged(many),
        "seconds": round(seconds, 2),
        "per_s": round(taken / seconds),
        "idle_ms": round(idle_many * 1000, 3),
        "idle_ratio": round(idle_many / idle_few, 3),
    }


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
