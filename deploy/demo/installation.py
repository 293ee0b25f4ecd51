"""The installation of the demo: a database, a mail server, perhaps Kafka, and the services as real processes."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Self

import httpx

from deploy.kafka.broker import Broker, BrokerError, MockBroker, start_broker
from services.settings import Settings
from shared.clock import Clock, RealClock
from shared.local.mailbox import Mailbox
from shared.local.ports import free_ports
from shared.local.postgres import Postgres, PostgresError, end_with_us, postgres
from shared.local.stand_ins import DATABASE, create_roles

ROOT = Path(__file__).parents[2]
OVERLAY = Path(__file__).with_name("overlay.csv")
NAMES = ("intake", "routing", "sla", "notify")
START = datetime(2025, 2, 3, 1, tzinfo=UTC)  # Monday, 08:00 in Jakarta; Nyepi and Lebaran lie ahead
# The clock shows START when the services are expected to be ready.
EXPECTED_START = {"memory": timedelta(seconds=7.5), "kafka": timedelta(seconds=12)}
# The data are removed at the end, so they need no durability.
TEMPORARY = {"fsync": "off"}
READY_SECONDS = 90.0
STOP_SECONDS = 10.0


class InstallationError(RuntimeError):
    """A part of the installation did not start or has ended; the message says which and why."""


@dataclass(slots=True)
class ServiceProcess:
    """A process with its services, its address and its log."""

    services: tuple[str, ...]
    url: str
    log: Path
    popen: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]

    @property
    def name(self) -> str:
        return " ".join(self.services)

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) or "(empty)"

    def check(self) -> None:
        """Raise InstallationError if the process has ended."""
        status = self.popen.poll()
        if status is not None:
            raise InstallationError(
                f"The process of {self.name} has ended with status {status}; the end of its log:\n{self.tail()}"
            )


class Installation:
    """Starts everything in order, and ends all of it with the block.

    The days from `begins` to `ends` pass at the given speed; then time stands almost still, for all to be read.
    """

    def __init__(self, bus: str, speed: float, days: int, folder: Path | None = None) -> None:
        self.bus, self.speed, self._length = bus, speed, timedelta(days=days)
        self.begins = START
        self._expected_start = EXPECTED_START[bus]
        self.folder = folder or ROOT / ".tanggap" / f"demo-{os.getpid()}"
        self.processes: list[ServiceProcess] = []
        self.broker: Broker | MockBroker | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._start()
        except (PostgresError, BrokerError) as error:
            self._stack.close()
            raise InstallationError(str(error)) from error
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        self.mailbox = Mailbox(self.folder / "mail")
        self.mails = self.mailbox.folder
        self.mailbox.start()
        self._stack.callback(self.mailbox.stop)
        with ThreadPoolExecutor() as pool:  # the broker and the database start at the same time
            waiting = pool.submit(start_broker, self.folder / "kafka") if self.bus == "kafka" else None
            server = self._stack.enter_context(postgres(self.folder / "postgres", settings=TEMPORARY))
            asyncio.run(create_roles(server.url(), DATABASE, NAMES))
            if waiting is not None:
                self.broker = waiting.result()
                self._stack.callback(self.broker.kill if self.broker.real else self.broker.stop)
        groups = [(name,) for name in NAMES] if self.bus == "kafka" else [NAMES]
        self._ports = dict(zip(groups, free_ports(len(groups)), strict=True))
        self.settings = self._settings(server)
        self._stack.callback(self._stop)
        self._run_all()

    def _run_all(self) -> None:
        self.processes = [self._run(services, port) for services, port in self._ports.items()]

    @property
    def ends(self) -> datetime:
        return self.begins + self._length

    @property
    def is_late(self) -> bool:
        """Whether the first day has begun before anybody could file."""
        return self.clock.now() > self.begins

    def begin_later(self) -> None:
        """Start the processes again with a first day still ahead, because they are told when the last one ends.

        Each time they are given twice as long to start, so that a slow machine comes to its first day, too.
        """
        self._expected_start *= 2
        self.begins = first_day(self.clock.now() + self._expected_start * self.speed)
        self._restart(clock_until=self.ends)

    def go_on(self, speed: float) -> None:
        """Start the processes again after the last day, at another speed."""
        self._stop()
        self._restart(clock_start=self.clock.now(), clock_origin=RealClock().now(), clock_speed=speed, clock_until=None)

    def _restart(self, **changes: object) -> None:
        self._stop()
        self.settings = self.settings.model_copy(update=changes)
        self._run_all()

    @property
    def clock(self) -> Clock:
        """The clock of the services, from their settings."""
        return self.settings.clock()

    def _settings(self, server: Postgres) -> Settings:
        """The settings of the services, from which we also derive their clock and keys."""
        urls: dict[str, Any] = {f"{name}_database_url": server.url(DATABASE, name) for name in NAMES}
        return Settings(
            environment="local",
            data_dir=self.folder,
            log_level="WARNING",
            bus=self.bus,  # type: ignore[arg-type]
            kafka_bootstrap=self.broker.bootstrap if self.broker else "",
            clock_speed=self.speed,
            clock_origin=RealClock().now() + self._expected_start,
            clock_start=START,
            clock_until=self.ends,
            poll_seconds=0.1,
            promise_seconds=0.5,
            smtp_host="127.0.0.1",
            smtp_port=self.mailbox.port,
            public_url=self.url("notify"),
            intake_url=self.url("intake"),
            sla_url=self.url("sla"),
            directory_regions="",
            directory_overlay=OVERLAY,
            review_percent=100,  # Which answers are in a smaller sample depends on ids, and a story needs one.
            **urls,
        )

    def _run(self, services: Sequence[str], port: int) -> ServiceProcess:
        log = self.folder / f"{'-'.join(services)}.log"
        command = [sys.executable, "-m", "services", *(services if len(services) < len(NAMES) else ())]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        return ServiceProcess(tuple(services), f"http://127.0.0.1:{port}", log, process, end_with_us(process))

    def _environment(self, port: int) -> Mapping[str, str]:
        # The user's own settings must not reach the demo.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
        chosen = self.settings.model_dump(
            mode="json", include=self.settings.model_fields_set, exclude={"smtp_password"}
        )
        values = {f"TANGGAP_{name.upper()}": str(value) for name, value in chosen.items() if value is not None}
        return {**plain, **values, "TANGGAP_PORT": str(port)}

    def url(self, service: str) -> str:
        """The address of this service."""
        return next(f"http://127.0.0.1:{port}" for services, port in self._ports.items() if service in services)

    def check(self) -> None:
        for process in self.processes:
            process.check()

    async def wait_until_ready(self) -> None:
        """Wait until every process is ready. Raises InstallationError."""
        async with httpx.AsyncClient(timeout=5) as client:
            await asyncio.gather(*(_wait(client, process) for process in self.processes))

    def _stop(self) -> None:
        for process in self.processes:
            process.guard.kill()
            process.guard.communicate()
            process.popen.terminate()
        until = monotonic() + STOP_SECONDS
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.popen.wait(max(0.1, until - monotonic()))
            if process.popen.poll() is None:
                process.popen.kill()
                process.popen.wait()


async def _wait(client: httpx.AsyncClient, process: ServiceProcess) -> None:
    until, last_answer = monotonic() + READY_SECONDS, "no answer yet"
    while monotonic() < until:
        process.check()
        with suppress(httpx.HTTPError):
            answer = await client.get(f"{process.url}/health/ready")
            if answer.status_code == 200:
                return
            last_answer = answer.text
        await asyncio.sleep(0.1)
    raise InstallationError(
        f"{process.name} was not ready within {READY_SECONDS:.0f} s ({last_answer});"
        f" the end of its log:\n{process.tail()}"
    )


def first_day(now: datetime) -> datetime:
    """The Monday, 08:00 in Jakarta, on which the first complaints are filed: START or the first one after now."""
    weeks = -((START - now) // timedelta(weeks=1)) if now > START else 0
    return START + timedelta(weeks=weeks)
