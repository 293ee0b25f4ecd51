"""Events per second from an outbox to Apache Kafka after an hour without a broker; with a million waiting, a snapshot.

An hour at 50 filings a second leaves 180,000 events; set inserts leave the same rows. One relay drains them alone; then
as many and the rest of a turn off the top of 1,000,000; then what is left, while another session holds a snapshot, so
that nothing that was deleted can be vacuumed or passed over. The session holds it during the whole drain: what it keeps
from being vacuumed, not how long, is what costs, and ten minutes at 50 filings a second delete a tenth of as many rows.
"""

import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg
import uvloop

from deploy.kafka.broker import start_broker
from services.intake.main import service as definition
from services.settings import Settings
from shared import migrate
from shared.bus.kafka import KafkaBus
from shared.clock import RealClock
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import DATABASE, create_roles
from shared.relay import Relay
from shared.runtime import connect, freeze_startup_objects
from shared.service import RunningService

HOUR, MANY, ROUNDS = 180_000, 1_000_000, 2
WANTED_PER_S, WANTED_RATIO = 10_000, 0.8
# A tenth of a kilobyte more than the median event; each complaint has three.
SEED = """
INSERT INTO outbox (topic, key, value)
SELECT 'complaints.v1', id, '{"specversion":"1.0","id":"' || gen_random_uuid() || '","source":"tanggap/intake",'
       '"type":"ComplaintFiled","subject":"' || id || '","data":{"sealed":"' || repeat(md5(n::text), 16) || '"}}'
FROM (SELECT n, md5((n / 3)::text)::uuid::text AS id FROM generate_series(1, $1::int) AS n) AS complaints
"""


def main() -> bool:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        server = stack.enter_context(postgres(folder / "pg"))
        broker = start_broker(folder / "kafka")
        stack.callback(broker.stop)
        figures = {"bench": "outbox", "broker": broker.name, **uvloop.run(_measure(server, broker.bootstrap))}
    print(json.dumps(figures))
    ratio = min(figures["ratio_of_a_million"], figures["ratio_with_snapshot"])
    return bool(figures["per_s"] >= WANTED_PER_S and ratio >= WANTED_RATIO)


async def _measure(server: Postgres, bootstrap: str) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        service, bus = await _opened(server, bootstrap, stack)
        rounds = [await _round(server, service, bus) for _ in range(ROUNDS)]
    return {
        "waiting": HOUR,
        "per_s": round(median(alone for alone, _, _ in rounds)),
        "of_a_million_per_s": round(median(many for _, many, _ in rounds)),
        "with_snapshot_per_s": round(median(held for _, _, held in rounds)),
        "ratio_of_a_million": round(median(many / alone for alone, many, _ in rounds), 3),
        "ratio_with_snapshot": round(median(held / alone for alone, _, held in rounds), 3),
    }


async def _opened(server: Postgres, bootstrap: str, stack: AsyncExitStack) -> tuple[RunningService, KafkaBus]:
    await create_roles(server.url(), DATABASE, ["intake"])
    url = server.url(DATABASE, "intake")
    settings = Settings(intake_database_url=url, bus="kafka", kafka_bootstrap=bootstrap)
    service = connect(definition, settings, RealClock())
    stack.push_async_callback(service.db.close)
    await migrate.upgrade(service.db.engine, "intake")
    bus = KafkaBus(settings)
    stack.push_async_callback(bus.stop)
    await bus.start()
    freeze_startup_objects()
    return service, bus


async def _round(server: Postgres, service: RunningService, bus: KafkaBus) -> tuple[float, float, float]:
    """Events per second of an hour's backlog, of a million's first part, and of the rest under a snapshot."""
    await _seed(server, HOUR)
    alone = await _drained_per_s(service, bus, HOUR)
    await _seed(server, MANY)
    many = await _drained_per_s(service, bus, HOUR)
    async with _snapshot(server):
        held = await _drained_per_s(service, bus, MANY)
    return alone, many, held


async def _seed(server: Postgres, rows: int) -> None:
    """So many rows in an outbox as new, written down and analysed, as after an hour of autovacuum."""
    connection = await asyncpg.connect(_plain(server))
    await connection.execute("TRUNCATE outbox")
    await connection.execute(SEED, rows)
    await connection.execute("VACUUM ANALYZE outbox")
    await connection.close()
    admin = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    await admin.execute("CHECKPOINT")
    await admin.close()


async def _drained_per_s(service: RunningService, bus: KafkaBus, events: int) -> float:
    """Events per second until so many are published, or none is left."""
    relay, published = Relay(service, bus), 0
    started = perf_counter()
    while published < events and (done := await relay.once()):
        published += done
    return published / (perf_counter() - started)


@asynccontextmanager
async def _snapshot(server: Postgres) -> AsyncIterator[None]:
    connection = await asyncpg.connect(_plain(server))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.fetchval("SELECT count(*) FROM outbox")
            yield
    finally:
        await connection.close()


def _plain(server: Postgres) -> str:
    return server.url(DATABASE, "intake").replace("+asyncpg", "")


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
