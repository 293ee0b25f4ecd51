"""Durable filings per second, compared with the same app without a database; one process, 32 connections."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import asyncpg
import httpx

from shared.local.ports import free_ports
from shared.local.postgres import postgres
from tests.bench.load import quantile

Figures = dict[str, Any]
ROUNDS, SECONDS, CONNECTIONS = 40, 2.0, 32
TARGET = 0.8
FLUSHES, COMMIT_BYTES = 500, 40_000
WAL_FILES = 48  # of 16 MB: more than a run writes
COMPLAINT = {
    "text": "Lampu jalan di depan pasar sudah tiga minggu padam dan warga kesulitan melintas pada malam hari. " * 3,
    "title": "Lampu jalan padam",
    "region": "35.78",
    "address": "Jalan Contoh Nomor 1",
}
CONTACT = {"name": "Pelapor Uji", "email": "pelapor@warga.example"}
PLAIN, WITH_CONTACT = json.dumps(COMPLAINT), json.dumps({**COMPLAINT, "contact": CONTACT})
VALIDATE, FILE = "/intake/validations", "/intake/complaints"


def main() -> bool:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        postgres(Path(folder) / "pg", settings={"min_wal_size": "1GB"}) as server,
    ):
        asyncio.run(_prepare_wal(server.url()))
        port = free_ports(1)[0]
        environment = {
            **os.environ,
            "BENCH_ADMIN_URL": server.url(),
            "BENCH_PORT": str(port),
            "TANGGAP_DATA_DIR": folder,
        }
        app = subprocess.Popen([sys.executable, "-m", "tests.bench.intake_app"], env=environment)
        try:
            _wait(port)
            figures = {**_measure(port), **_disk(Path(folder))}
        finally:
            app.terminate()
            app.wait(20)
    print(json.dumps(figures))
    return bool(figures["ratio"] >= TARGET and not figures["refused"])


async def _prepare_wal(admin_url: str) -> None:
    """Create WAL files that later writes can reuse, as on a server that has run for a while."""
    admin = await asyncpg.connect(admin_url.replace("+asyncpg", ""))
    for _ in range(WAL_FILES):
        await admin.execute("SELECT pg_logical_emit_message(false, '', '')")
        await admin.execute("SELECT pg_switch_wal()")
    await admin.execute("CHECKPOINT")
    await admin.close()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/docs").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.1)
    raise RuntimeError("the app did not start")


def _measure(port: int) -> dict[str, Any]:
    """Alternate the rounds, so that a slow minute of the machine affects both sides."""
    for path in (VALIDATE, FILE):
        _load(port, path, PLAIN, 1.0)
    rounds = [(_load(port, VALIDATE, PLAIN), _load(port, FILE, PLAIN)) for _ in range(ROUNDS)]
    reachable = [(_load(port, VALIDATE, WITH_CONTACT), _load(port, FILE, WITH_CONTACT)) for _ in range(3)]
    keyed = [(_load(port, VALIDATE, PLAIN, keyed=True), _load(port, FILE, PLAIN, keyed=True)) for _ in range(3)]
    return {
        "bench": "intake",
        "durable_per_s": round(median(durable["per_s"] for _, durable in rounds)),
        "no_database_per_s": round(median(free["per_s"] for free, _ in rounds)),
        "ratio": _ratio(rounds),
        "p99_ms": round(median(durable["p99_ms"] for _, durable in rounds), 1),
        "ratio_with_contact": _ratio(reachable),
        "ratio_with_key": _ratio(keyed),
        "refused": sum(side["refused"] for pair in rounds + reachable + keyed for side in pair),
        **httpx.get(f"http://127.0.0.1:{port}/bench/kept").json(),
    }


def _disk(folder: Path) -> Figures:
    """The flush times of the disk alone at the rate of the commits, since they bound every durable filing."""
    taken: list[float] = []
    with (folder / "flushed").open("wb") as file:
        for _ in range(FLUSHES):
            started = perf_counter()
            os.pwrite(file.fileno(), bytes(COMMIT_BYTES), 0)
            os.fdatasync(file.fileno())
            taken.append(perf_counter() - started)
            sleep(0.007)
    return {
        f"flush_{name}_ms": round(quantile(taken, share) * 1000, 2) for name, share in (("p50", 0.5), ("p99", 0.99))
    }


def _ratio(rounds: list[tuple[Figures, Figures]]) -> float:
    return round(median(durable["per_s"] / free["per_s"] for free, durable in rounds), 3)


def _load(port: int, path: str, body: str, seconds: float = SECONDS, keyed: bool = False) -> Figures:
    given = [str(port), path, str(seconds), str(CONNECTIONS), body, *(["keyed"] if keyed else [])]
    command = [sys.executable, "-m", "tests.bench.load", *given]
    outcome: Figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return outcome


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
