"""Four services, each in its own process, over Apache Kafka, with a database and a mail server."""

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import httpx

from deploy.kafka.broker import start_broker
from shared.local.ports import free_ports
from shared.local.postgres import Postgres, end_with_us, postgres
from shared.local.stand_ins import DATABASE, create_roles
from shared.runtime import ALL

PATIENCE_SECONDS = 120.0


class Processes:
    """The processes of the pipeline benchmark; all of them end with the stack."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        # In memory where the machine can: a disk takes 30 to 550 us to create a file, by what was deleted before.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self.mail = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        self.server: Postgres = stack.enter_context(postgres(folder / "pg"))
        asyncio.run(create_roles(self.server.url(), DATABASE, ALL))
        broker = start_broker(folder / "kafka")
        stack.callback(broker.stop)
        self.broker = broker.name
        sink = _process(stack, ["tests.bench.sink", str(self.mail)], {}, subprocess.PIPE)
        assert sink.stdout is not None
        settings = {
            "TANGGAP_DATA_DIR": str(folder),
            "TANGGAP_BUS": "kafka",
            "TANGGAP_KAFKA_BOOTSTRAP": broker.bootstrap,
            "TANGGAP_SMTP_HOST": "127.0.0.1",
            "TANGGAP_SMTP_PORT": sink.stdout.readline().decode().strip(),
            "TANGGAP_LOG_LEVEL": "WARNING",
            **{f"TANGGAP_{name.upper()}_DATABASE_URL": self.server.url(DATABASE, name) for name in ALL},
        }
        self.ports = dict(zip(ALL, free_ports(len(ALL)), strict=True))
        for name, port in self.ports.items():
            _process(stack, ["services", name], {**settings, "TANGGAP_PORT": str(port)}, None)
        for port in self.ports.values():
            _wait_until_ready(port)

    def mails(self) -> int:
        """The number of mails that the server has kept."""
        return len(os.listdir(self.mail / "new"))


def _process(
    stack: ExitStack, module: list[str], settings: dict[str, str], output: int | None
) -> "subprocess.Popen[bytes]":
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    process = subprocess.Popen([sys.executable, "-m", *module], env={**plain, **settings}, stdout=output)
    guard = end_with_us(process)
    stack.callback(guard.wait)
    stack.callback(guard.kill)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    return process


def _wait_until_ready(port: int) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        sleep(0.2)
    raise RuntimeError("a service was not ready in time")
