"""The relay at work is killed again and again, and once frozen: first copies stay in order, and none is missing."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared import outbox
from shared.bus.topics import create_topics
from shared.events import COMPLAINTS, decode
from shared.local.postgres import Postgres, end_with_us
from shared.service import RunningService
from tests.chaos.processes import ROOT
from tests.shared.toy import fact, rows, toy_service

pytestmark = pytest.mark.alone

KILLS, KEYS, BURST = 6, 40, 3_000
PREFIX, PARTS = "relays.", 3
HOLDER = """SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND a.usename = 'toy' AND a.application_name LIKE 'relay %'
   AND EXISTS (SELECT FROM outbox)"""

STATE = """SELECT a.state FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND a.usename = 'toy' AND a.application_name"""


class Relays:
    """Replicas of the toy's relay, each a process."""

    def __init__(self, service: RunningService, url: str, bootstrap: str, folder: Path) -> None:
        self._service, self._folder = service, folder
        self._command = [sys.executable, "-m", "tests.chaos.relaying", url, bootstrap, PREFIX]
        self.running: dict[int, tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]] = {}

    def start(self) -> None:
        with (self._folder / "relays.log").open("ab") as log:
            process = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running[process.pid] = process, end_with_us(process, signal.SIGKILL)

    def kill(self, pid: int) -> None:
        process, guard = self.running.pop(pid)
        process.kill()
        process.wait(30)
        guard.kill()
        guard.communicate()

    async def at_work(self, other_than: int = 0) -> int:
        """The process that holds the lock while something waits."""
        async with asyncio.timeout(60):
            while True:
                for (name,) in await rows(self._service, HOLDER):
                    if (pid := int(name.split()[1])) in self.running and pid != other_than:
                        return pid
                await asyncio.sleep(0.005)

    async def freeze(self) -> int:
        """Freeze the relay at work between two statements: in the midst of one its session ends with its connection."""
        while True:
            pid = await self.at_work()
            os.kill(pid, signal.SIGSTOP)
            if ("idle",) in [tuple(row) for row in await rows(self._service, f"{STATE} = 'relay {pid}'")]:
                return pid
            os.kill(pid, signal.SIGCONT)


@contextmanager
def relays(service: RunningService, url: str, broker: Broker, folder: Path) -> Iterator[Relays]:
    running = Relays(service, url, broker.bootstrap, folder)
    try:
        for _ in range(3):
            running.start()
        yield running
    finally:
        for pid in list(running.running):
            running.kill(pid)


class Writer:
    """Stages the steps of its own complaints in order, some in transactions that stay open for a while."""

    def __init__(self, service: RunningService, keys: range) -> None:
        self._service, self._steps = service, {UUID(int=key): 0 for key in keys}

    @property
    def staged(self) -> dict[str, list[int]]:
        return {str(key): list(range(steps)) for key, steps in self._steps.items()}

    async def write(self, events: int) -> None:
        while events > 0:
            count = random.randint(1, 40)
            async with self._service.begin() as tx:
                for key in random.choices(list(self._steps), k=count):
                    tx.stage(fact(key, self._steps[key]))
                    self._steps[key] += 1
                if count % 8 == 0:
                    await tx.insert(outbox.OUTBOX, outbox.rows_of(tx.staged))
                    tx.staged.clear()
                    await tx.execute("SELECT pg_sleep(0.05)")  # Others take higher seqs and commit first.
            events -= count


async def copies(bootstrap: str) -> AsyncIterator[tuple[str, int]]:
    """Complaint and step of everything on the topic, in the order of each partition."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as reader:
        parts = [TopicPartition(PREFIX + COMPLAINTS, number) for number in range(PARTS)]
        reader.assign(parts)
        await reader.seek_to_beginning()
        left = sum((await reader.end_offsets(parts)).values())
        while left > 0:
            for records in (await reader.getmany(timeout_ms=1_000)).values():
                left -= len(records)
                for event in (decode(record.value) for record in records):
                    assert event is not None
                    yield event.subject, event.fact.step


async def test_first_copies_stay_in_order_when_the_relay_at_work_is_killed(
    cluster: Postgres, kafka: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await create_topics(
        Settings(bus="kafka", kafka_bootstrap=kafka.bootstrap, kafka_prefix=PREFIX, kafka_partitions=PARTS)
    )
    url = cluster.url().replace("//postgres@/postgres?", "//toy@/relays?")
    async with toy_service(cluster.url(), "relays", database_pool=6) as service:
        writers = [Writer(service, range(first * KEYS + 1, (first + 1) * KEYS + 1)) for first in range(4)]
        with relays(service, url, kafka, tmp_path) as running:
            for blow in range(KILLS + 1):
                writing = asyncio.gather(*(writer.write(BURST // 4) for writer in writers))
                pid = await running.at_work()
                if blow == KILLS:
                    pid = await running.freeze()
                    other = asyncio.ensure_future(running.at_work(other_than=pid))
                    while not other.done():  # More and more, so that the other is seen at work.
                        await writing
                        writing = asyncio.gather(*(writer.write(40) for writer in writers))
                    assert await other != pid
                    os.kill(pid, signal.SIGCONT)
                else:
                    running.kill(pid)
                    running.start()
                await writing
            async with asyncio.timeout(60):
                while await rows(service, "SELECT 1 FROM outbox LIMIT 1"):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
    first: dict[str, list[int]] = defaultdict(list)
    again = 0
    async for key, step in copies(kafka.bootstrap):
        if step in first[key]:
            again += 1
        else:
            first[key].append(step)
    assert dict(first) == {key: steps for writer in writers for key, steps in writer.staged.items() if steps}
    with capsys.disabled():
        print(f"\n  {sum(map(len, first.values()))} events, {again} second copies")  # noqa: T201
