"""What the demonstration stands on: a database, a mail catcher, perhaps Kafka, and the services as real processes."""

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

from deploy.kafka.broker import Broker, BrokerError, MockBroker, free_ports, start_broker
from services.settings import Settings
from shared.clock import Clock, RealClock, clock_from
from shared.local.mailbox import Mailbox
from shared.local.postgres import Postgres, PostgresError, end_with_us, postgres
from shared.local.stand_ins import DATABASE, create_roles

ROOT = Path(__file__).parents[2]
OVERLAY = Path(__file__).with_name("overlay.csv")
NAMES = ("intake", "routing", "sla", "notify")
START = datetime(2025, 2, 3, 1, tzinfo=UTC)  # Monday, 08:00 in Jakarta; Nyepi and Lebaran lie ahead
# The clock shows START when the services are expected to be ready; it never waits for them longer than a week.
EXPECTED = {"memory": timedelta(seconds=5.5), "kafka": timedelta(seconds=7)}
# The data are removed at the end, so that no power cut can matter to them.
THROWN_AWAY = {"fsync": "off"}
READY_SECONDS = 90.0
STOP_SECONDS = 10.0


class StageError(RuntimeError):
    """Something the demonstration needs did not start or has ended; the message says what and why."""


@dataclass(slots=True)
class Running:
    """A process of ours with the services it runs, its address and its log."""

    services: tuple[str, ...]
    url: str
    log: Path
    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]

    @property
    def name(self) -> str:
        return " ".join(self.services)

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) or "(it is empty)"

    def check(self) -> None:
        """Raise StageError if it has ended."""
        status = self.process.poll()
        if status is not None:
            raise StageError(
                f"The process of {self.name} has ended with status {status}; the end of its log:\n{self.tail()}"
            )


class Stage:
    """Everything that is started, in order; all of it ends with the block, whatever happens in it."""

    def __init__(self, bus: str, speed: float, folder: Path | None = None) -> None:
        self.bus, self.speed = bus, speed
        self.folder = folder or ROOT / ".tanggap" / f"demo-{os.getpid()}"
        self.processes: list[Running] = []
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
            raise StageError(str(error)) from error
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
        with ThreadPoolExecutor() as pool:  # the broker and the database take their seconds at the same time
            waiting = pool.submit(start_broker, self.folder / "kafka") if self.bus == "kafka" else None
            server = self._stack.enter_context(postgres(self.folder / "postgres", settings=THROWN_AWAY))
            asyncio.run(create_roles(server.url(), DATABASE, NAMES))
            if waiting is not None:
                self.broker = waiting.result()
                self._stack.callback(self.broker.kill if self.broker.real else self.broker.stop)  # its data go anyway
        self.settings = self._settings(server)
        groups = [(name,) for name in NAMES] if self.bus == "kafka" else [NAMES]
        self._stack.callback(self._stop)
        self._ports = dict(zip(groups, free_ports(len(groups)), strict=True))
        self._run_all()

    @property
    def clock(self) -> Clock:
        """The services' clock, by the settings that they were given."""
        return clock_from(self.settings.clock_speed, self.settings.clock_origin, self.settings.clock_start)

    def slow_down(self, speed: float) -> None:
        """Restart the services on the same ports; their clock goes on from now at another speed."""
        self._stop()
        changes = {"clock_start": self.clock.now(), "clock_origin": RealClock().now(), "clock_speed": speed}
        self.settings = self.settings.model_copy(update=changes)
        self._run_all()

    def _run_all(self) -> None:
        self.processes = [self._run(services, port) for services, port in self._ports.items()]

    def _settings(self, server: Postgres) -> Settings:
        """One set of settings for the services and for our own view of their clock and keys."""
        urls: dict[str, Any] = {f"{name}_database_url": server.url(DATABASE, name) for name in NAMES}
        return Settings(
            environment="desk",
            data_dir=self.folder,
            log_level="WARNING",
            bus=self.bus,  # type: ignore[arg-type]
            kafka_bootstrap=self.broker.bootstrap if self.broker else "",
            clock_speed=self.speed,
            clock_origin=RealClock().now() + EXPECTED[self.bus],
            clock_start=START,
            poll_seconds=0.1,
            smtp_host="127.0.0.1",
            smtp_port=self.mailbox.port,
            directory_regions="",
            directory_overlay=OVERLAY,
            **urls,
        )

    def _run(self, services: Sequence[str], port: int) -> Running:
        log = self.folder / f"{'-'.join(services)}.log"
        command = [sys.executable, "-m", "services", *(services if len(services) < len(NAMES) else ())]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        return Running(tuple(services), f"http://127.0.0.1:{port}", log, process, end_with_us(process))

    def _environment(self, port: int) -> Mapping[str, str]:
        # Settings of the person's own must not reach a demonstration.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
        chosen = self.settings.model_dump(
            mode="json", include=self.settings.model_fields_set, exclude={"smtp_password"}
        )
        values = {f"TANGGAP_{name.upper()}": str(value) for name, value in chosen.items() if value is not None}
        return {**plain, **values, "TANGGAP_PORT": str(port)}

    def url(self, service: str) -> str:
        """Where this service answers."""
        return next(running.url for running in self.processes if service in running.services)

    def check(self) -> None:
        for running in self.processes:
            running.check()

    async def wait_until_ready(self) -> None:
        """Return when every process says it is ready. Raises StageError."""
        async with httpx.AsyncClient(timeout=5) as client:
            await asyncio.gather(*(_wait(client, running) for running in self.processes))

    def _stop(self) -> None:
        for running in self.processes:
            running.guard.kill()
            running.guard.communicate()
            running.process.terminate()
        until = monotonic() + STOP_SECONDS
        for running in self.processes:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.1, until - monotonic()))
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()


async def _wait(client: httpx.AsyncClient, running: Running) -> None:
    until, said = monotonic() + READY_SECONDS, "no answer yet"
    while monotonic() < until:
        running.check()
        with suppress(httpx.HTTPError):
            answer = await client.get(f"{running.url}/health/ready")
            if answer.status_code == 200:
                return
            said = answer.text
        await asyncio.sleep(0.1)
    raise StageError(
        f"{running.name} was not ready within {READY_SECONDS:.0f} s ({said}); the end of its log:\n{running.tail()}"
    )
