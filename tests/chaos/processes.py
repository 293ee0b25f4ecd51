"""The services as real processes over a real broker and database, which tests kill and start again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared.clock import AcceleratedClock, RealClock
from shared.local.mailbox import Mailbox
from shared.local.ports import free_ports
from shared.local.postgres import Postgres, end_with_us
from shared.runtime import ALL
from tests.services import MONDAY

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0
# Ten days in a second: an ignored complaint reaches the end of its ladder after six seconds.
SPEED = 864_000.0


def service_of(name: str) -> str:
    """The service of a process."""
    return name.partition("-")[0]


class Processes:
    """The services as processes, with their settings, database and mail server.

    Each process bears the name of its service; a second one of the same service has a number behind it: `sla-2`.
    """

    def __init__(
        self,
        folder: Path,
        cluster: Postgres,
        database: str,
        broker: Broker,
        prefix: str,
        names: Sequence[str] = ALL,
        program: str = "tests.chaos.running",
    ) -> None:
        self.folder, self.cluster, self.database, self.broker = folder, cluster, database, broker
        self.names, self._program = names, program
        self.mailbox = Mailbox(folder / "mail")
        urls: dict[str, Any] = {f"{name}_database_url": cluster.url(database, name) for name in ALL}
        self.settings = Settings(
            data_dir=folder, log_level="WARNING", bus="kafka", kafka_bootstrap=broker.bootstrap, kafka_prefix=prefix,
            kafka_partitions=3, clock_speed=SPEED, clock_origin=RealClock().now(), clock_start=MONDAY,
            poll_seconds=0.1, promise_seconds=0.5, stall_seconds=3,
            smtp_host="127.0.0.1", smtp_port=1, directory_regions="35.78", **urls,
        )  # fmt: skip
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._guards: dict[str, subprocess.Popen[bytes]] = {}

    def open(self) -> None:
        self.mailbox.start()
        self.settings = self.settings.model_copy(update={"smtp_port": self.mailbox.port})
        for name in self.names:
            self.start(name)

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.mailbox.stop()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def start(self, name: str, fault: str = "") -> None:
        """Start a service; with a fault, the service kills itself at that point."""
        crashing = ["tests.chaos.crashing", fault] if fault else []
        command = ["-m", *crashing, self._program, service_of(name)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self._environment(name), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._guards[name] = end_with_us(self.running[name], signal.SIGKILL)

    def _environment(self, name: str) -> Mapping[str, str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("TANGGAP_")}
        chosen = self.settings.model_dump(
            mode="json", include=self.settings.model_fields_set, exclude={"smtp_password"}
        )
        values = {f"TANGGAP_{key.upper()}": str(value) for key, value in chosen.items() if value is not None}
        return {**plain, **values, "TANGGAP_PORT": str(self._ports[name])}

    def now(self) -> datetime:
        """The present moment of the services."""
        settings = self.settings
        assert settings.clock_origin is not None
        return AcceleratedClock(settings.clock_speed, settings.clock_origin, settings.clock_start).now()

    def run_at(self, speed: float) -> None:
        """Start all services again, with clocks that go on from now at this speed."""
        for name in list(self.running):
            self.terminate(name)
        changes = {"clock_speed": speed, "clock_start": self.now(), "clock_origin": RealClock().now()}
        self.settings = self.settings.model_copy(update=changes)
        for name in self.names:
            self.start(name)

    def kill(self, name: str) -> int:
        """`kill -9`; gives its exit status, which is another if it had ended before."""
        self.running[name].send_signal(signal.SIGKILL)
        return self.ended(name)

    def ended(self, name: str, seconds: float = 30) -> int:
        """Wait until it has ended; gives its exit status."""
        status = self.running.pop(name).wait(seconds)
        guard = self._guards.pop(name)
        guard.kill()
        guard.communicate()
        return status

    def terminate(self, name: str) -> int:
        """End it as an orchestrator does; gives its exit status."""
        self.running[name].send_signal(signal.SIGTERM)
        return self.ended(name)

    async def readiness(self, names: Sequence[str]) -> dict[str, int]:
        """The status of each service's readiness check; 0 if there is no answer."""
        async with httpx.AsyncClient(timeout=5) as client:
            return dict(zip(names, await asyncio.gather(*(self._ready(client, name) for name in names)), strict=True))

    async def _ready(self, client: httpx.AsyncClient, name: str) -> int:
        try:
            return (await client.get(f"{self.url(name)}/health/ready")).status_code
        except httpx.HTTPError:
            return 0

    async def troubles(self) -> list[str]:
        """The words of each readiness check."""
        async with httpx.AsyncClient(timeout=5) as client:
            answers = [client.get(f"{self.url(name)}/health/ready") for name in self.running]
            return [
                getattr(answer, "text", repr(answer))
                for answer in await asyncio.gather(*answers, return_exceptions=True)
            ]

    async def wait_for_status(self, status: int, *names: str) -> None:
        """Wait until each of these services (all, if none is named) answers with this status."""
        wanted = names or self.names
        deadline = monotonic() + READY_SECONDS
        while set((found := await self.readiness(wanted)).values()) != {status}:
            if monotonic() >= deadline:
                raise AssertionError(f"{found} instead of {status}; {await self.troubles()}; {self.tails()}")
            for name in wanted:
                assert self.running[name].poll() is None, f"{name} has ended: {self.tails()}"
            await asyncio.sleep(0.1)

    async def rows(self, name: str, statement: str) -> list[Any]:
        """The rows that a service's own role sees in its database."""
        url = self.cluster.url(self.database, name).replace("postgresql+asyncpg", "postgresql")
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    def tails(self, lines: int = 5) -> str:
        """The ends of the services' logs."""
        logs = {path.stem: path.read_text(errors="replace").splitlines()[-lines:] for path in self.folder.glob("*.log")}
        return "\n".join(f"{name}: {line[:600]}" for name, tail in logs.items() for line in tail)
