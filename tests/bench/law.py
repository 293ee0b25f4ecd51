"""The processor time of the law in the database: sla and routing with it and without, in turns, PostgreSQL included."""

import gc
import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import process_time_ns
from uuid import UUID, uuid4

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.settings import Settings
from services.sla.actions.steps import sweep_once
from shared import migrate
from shared.clock import ManualClock
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import connect, freeze_startup_objects
from shared.service import RunningService
from shared.telemetry import configure_logs
from tests import make
from tests.routing.complaints import sealed_complaint
from tests.services import MONDAY, definition

PAIRS, COMPLAINTS, BATCH = 20, 600, 200
TARGET = 1.05
DAYS = 40
NAMES = ("routing", "sla")
# Whatever the schemas of the two services refuse a commit for.
LAW = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop
FROM pg_constraint WHERE connamespace = ANY('{routing,sla}'::regnamespace[]) AND contype IN ('c', 'f')
UNION ALL
SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger
WHERE NOT tgisinternal AND tgrelid IN ('sla.clocks'::regclass, 'sla.complaints'::regclass, 'routing.cases'::regclass)
"""


def main() -> bool:
    configure_logs("CRITICAL")
    # In memory where the machine can: what a disk does is not the law's.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=memory, ignore_cleanup_errors=True) as folder,
        postgres(Path(folder)) as server,
    ):
        figures = uvloop.run(_measure(server, Path(folder)))
    print(json.dumps(figures))
    return bool(figures["complaint_ratio"] <= TARGET and figures["escalation_ratio"] <= TARGET)


class House:
    """routing and sla with their own database, with the law or without."""

    def __init__(self, server: Postgres, routing: RunningService, sla: RunningService, clock: ManualClock) -> None:
        self.server, self.routing, self.sla, self.clock = server, routing, sla, clock
        self.ids: list[UUID] = []

    async def complaints(self) -> float:
        """Microseconds of processor time for each complaint, from its filing to its first follow-up."""
        before = _cpu_ns(self.server)
        for _ in range(COMPLAINTS // BATCH):
            ids = [uuid4() for _ in range(BATCH)]
            filed = [sealed_complaint(self.routing, id, filed_at=self.clock.now()) for id in ids]
            await make.hear(self.routing, *filed)
            steps = (make.routed, make.forwarded, make.followed_up)
            await make.hear(self.sla, *filed, *(step(id) for step in steps for id in ids))
            self.ids += ids
        return (_cpu_ns(self.server) - before) / 1_000 / COMPLAINTS

    async def escalations(self) -> float:
        """Microseconds of processor time for each step of the clocks that are due in the next days."""
        self.clock.advance_to(self.clock.now() + timedelta(days=DAYS))
        await make.hear_promises(self.sla, self.clock.now() + timedelta(days=1))
        before, taken = _cpu_ns(self.server), 0
        while swept := await sweep_once(self.sla):
            taken += swept
        spent = _cpu_ns(self.server) - before
        for first in range(0, COMPLAINTS, BATCH):  # Only the complaints of the next turn shall climb.
            await make.hear(self.sla, *map(make.answered, self.ids[first : first + BATCH]))
        self.ids.clear()
        return spent / 1_000 / taken


async def _measure(server: Postgres, folder: Path) -> dict[str, object]:
    houses = {name: await _house(server, folder, name) for name in ("with", "without")}
    freeze_startup_objects()
    gc.disable()
    pairs = [await _pair(houses) for _ in range(PAIRS + 1)][1:]  # The first fills caches.
    return {
        "bench": "law",
        "pairs": PAIRS,
        "complaint_us": round(median(pair["with"][0] for pair in pairs) / 2),
        "complaint_ratio": round(median(pair["with"][0] / pair["without"][0] for pair in pairs), 3),
        "escalation_us": round(median(pair["with"][1] for pair in pairs) / 2),
        "escalation_ratio": round(median(pair["with"][1] / pair["without"][1] for pair in pairs), 3),
    }


async def _pair(houses: dict[str, House]) -> dict[str, list[float]]:
    """What both houses spend in two turns each, so that each is the first as often as the second."""
    spent = {name: [0.0, 0.0] for name in houses}
    for name in (*houses, *reversed(houses)):
        spent[name][0] += await houses[name].complaints()
        spent[name][1] += await houses[name].escalations()
        gc.collect()
    return spent


async def _house(server: Postgres, folder: Path, name: str) -> House:
    await create_roles(server.url(), name, NAMES)
    clock = ManualClock(MONDAY)
    urls = {f"{service}_database_url": server.url(name, service) for service in NAMES}
    settings = Settings(data_dir=folder, directory_regions="35.78", **urls)
    services = []
    for each in NAMES:
        service = connect(definition(each), settings, clock)
        await migrate.upgrade(service.db.engine, each)
        await service.prepare()
        services.append(service)
    await make.hear(services[1], *map(make.published, (make.NATIONAL, make.PROVINCE, make.CITY, make.ROADS)))
    if name == "without":
        await _drop_law(server.url(name))
    return House(server, services[0], services[1], clock)


async def _drop_law(url: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for row in (await connection.execute(text(LAW))).all():
            await connection.execute(text(row.drop))
    await engine.dispose()


def _cpu_ns(server: Postgres) -> int:
    """Nanoseconds of processor time of this process and of all processes of PostgreSQL."""
    postmaster = (server.data / "postmaster.pid").read_text().split()[0]
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return process_time_ns() + sum(map(_ns_of, [postmaster, *children]))


def _ns_of(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):  # It has ended since.
        return 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
