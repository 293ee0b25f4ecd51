"""`python -m tests.chaos.soak`: the services are killed at random while tens of thousands of clocks fall due.

Complaints are filed through the doors, and every second one is verified. Then ten weeks pass in some minutes: every
limit is missed, climbs, and recurs. Meanwhile a process chosen at random dies by SIGKILL every few seconds, now and
then the broker, and each is started again. When all has settled, the topic, the tables and the mails are counted.
Exits with 1 if a step was not said exactly once, or anything else must be 0 and is not; its data are kept then.
"""

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from deploy.kafka.broker import Broker
from shared.local.postgres import postgres
from shared.local.stand_ins import create_roles
from shared.local.tokens import local_token
from shared.runtime import ALL
from tests.chaos.crashing import POINTS
from tests.chaos.processes import Processes, service_of
from tests.chaos.reconciliation import settled
from tests.chaos.verdict import verdict_on

NAMES = (*ALL, "sla-2")
# After 60 days the Ombudsman is offered; by then every other clock has recurred.
DAYS = 68
# Three clocks run for a complaint that was routed, four for one that was forwarded.
CLOCKS_EACH = 3.5
BATCH, AT_ONCE = 500, 32
PAUSE_SECONDS = (3.0, 9.0)
BROKER, AT_A_POINT, BY_ITSELF = "broker", "between effect and record", "ended for want of a broker"
# One kill in so many is the broker's.
BROKER_ONCE_IN = 11
SETTLE_SECONDS = 1_200.0
UNITS = "SELECT code FROM agencies WHERE code LIKE '35.78.%' ORDER BY code"
RUNNING = "SELECT count(*) FROM clocks WHERE stopped_at IS NULL"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--clocks", type=int, default=50_000, help="so many run when the killing begins")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def fill(processes: Processes, clocks: int) -> int:
    """File complaints until so many clocks run, every second one verified; how many run."""
    number = ceil(clocks / CLOCKS_EACH)
    units = [row["code"] for row in await processes.rows("routing", UNITS)]
    async with _client(processes, "intake", "integration") as intake:
        filed = [id for first in range(0, number, BATCH) for id in await _file(intake, units, first, number)]
    await settled(processes, SETTLE_SECONDS)
    limit = asyncio.Semaphore(AT_ONCE)
    async with _client(processes, "routing", "admin") as routing:
        await asyncio.gather(*(_verify(routing, limit, id) for id in filed[::2]))
    await settled(processes, SETTLE_SECONDS)
    return int((await processes.rows("sla", RUNNING))[0]["count"])


def _client(processes: Processes, name: str, role: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {local_token(processes.settings, role, None)}"}
    return httpx.AsyncClient(base_url=processes.url(name), headers=headers, timeout=60)


async def _file(client: httpx.AsyncClient, units: list[str], first: int, end: int) -> list[str]:
    listed = [_complaint(number, units) for number in range(first, min(first + BATCH, end))]
    answer = await client.post("/intake/complaints:batch", json={"complaints": listed})
    assert answer.status_code == 201, answer.text
    return [receipt["id"] for receipt in answer.json()]


def _complaint(number: int, units: list[str]) -> dict[str, Any]:
    """One in fifty has a reporter who is written to: each such message is a mail of its own."""
    body: dict[str, Any] = {"text": f"Jalan berlubang nomor {number}", "agency": units[number % len(units)]}
    return body if number % 50 else {**body, "contact": {"email": f"warga{number}@warga.example"}}


async def _verify(client: httpx.AsyncClient, limit: asyncio.Semaphore, id: str) -> None:
    async with limit:
        answer = await client.post(f"/routing/complaints/{id}/verifications", json={"classification": "complaint"})
    assert answer.status_code == 201, answer.text


async def kill_at_random(processes: Processes, seconds: float, chance: random.Random) -> Counter[str]:
    """Kill and start again until the time is over; how often each was killed, or ended by itself."""
    kills: Counter[str] = Counter()
    end, next_at = monotonic() + seconds, monotonic()
    while monotonic() < end:
        await asyncio.sleep(0.5)
        kills.update(_revive(processes))
        if monotonic() >= next_at:
            victim = BROKER if chance.randrange(BROKER_ONCE_IN) == 0 else chance.choice(NAMES)
            if await asyncio.to_thread(_kill, processes, victim, chance):
                kills[victim] += 1
            next_at = monotonic() + chance.uniform(*PAUSE_SECONDS)
    return kills


def _kill(processes: Processes, victim: str, chance: random.Random) -> bool:
    """Kill and start again, every second time to die between an effect and its record; whether it lived until then."""
    if victim == BROKER:
        processes.broker.kill()
        processes.broker.restart()
        return True
    status = processes.kill(victim)
    processes.start(victim, chance.choice(("", chance.choice(POINTS[service_of(victim)]))))
    return status == -signal.SIGKILL


def _revive(processes: Processes) -> list[str]:
    """Start again what has ended by itself, as an orchestrator does: no service starts without the broker."""
    ended = [name for name, process in processes.running.items() if process.poll() is not None]
    statuses = {name: processes.ended(name) for name in ended}
    for name in ended:
        processes.start(name)
    return [AT_A_POINT if status == -signal.SIGKILL else BY_ITSELF for status in statuses.values()]


async def soak(processes: Processes, options: argparse.Namespace) -> int:
    seconds = options.minutes * 60
    running = await fill(processes, options.clocks)
    _say(f"{running} clocks run; {DAYS} days pass in {seconds:.0f} s")
    await asyncio.to_thread(processes.run_at, DAYS * 86_400 / seconds)
    kills = await kill_at_random(processes, seconds, random.Random(options.seed))
    for name in list(processes.running):
        await asyncio.to_thread(processes.kill, name)
    await asyncio.to_thread(processes.run_at, 1)
    _say(f"killed {dict(sorted(kills.items()))}; now it settles")
    since = monotonic()
    await settled(processes, SETTLE_SECONDS)
    found = await verdict_on(processes)
    found.figures = {
        "clocks running when the killing began": running,
        "processes killed": sum(kills[name] for name in NAMES),
        "  and between an effect and its record": kills[AT_A_POINT],
        "times the broker was killed": kills[BROKER],
        "seconds until all was settled": round(monotonic() - since),
    } | found.figures
    print("\n".join(found.lines()))
    return 0 if found.is_clean else 1


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


async def run(options: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    _say(f"data and logs: {folder}")
    with postgres(folder / "pg") as cluster, Broker(folder / "kafka") as broker:
        await asyncio.to_thread(broker.start)
        await create_roles(cluster.url(), "soak", ALL)
        processes = Processes(folder, cluster, "soak", broker, "soak.", NAMES, "services")
        # Nothing falls due while the complaints are filed.
        processes.settings = processes.settings.model_copy(update={"clock_speed": 1.0})
        try:
            processes.open()
            await processes.wait_for_status(200)
            status = await soak(processes, options)
        finally:
            processes.close()
    if status == 0:
        shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(run(arguments())))
