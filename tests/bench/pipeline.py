"""The time to route, clock, show and mail 10,000 complaints, and the latency of a single one."""

import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.local.stand_ins import DATABASE
from tests.bench.load import drive, pace, post, quantile
from tests.bench.processes import Processes

COMPLAINTS, CONNECTIONS, TARGET_PER_S = 10_000, 32, 200
STEADY, STEADY_PER_S = 1_000, 50
PATIENCE_SECONDS = 180.0
REGIONS = ("35.78", "32.73", "31.71", "33.74", "12.71", "73.71", "51.71", "63.71", "91.71", "16.71", "34.71", "64.72")
TEXTS = (
    "Jalan di depan sekolah berlubang dan membahayakan pengendara motor.",
    "Sampah menumpuk di dekat pasar dan tidak diangkut selama seminggu.",
    "Air PDAM keruh dan sering mati pada pagi hari.",
    "Pengurusan KTP elektronik saya tidak selesai sejak tiga bulan lalu.",
    "Bantuan sosial tidak sampai kepada keluarga yang berhak menerimanya.",
    "Lampu lalu lintas di perempatan padam sehingga sering terjadi kemacetan.",
    "Antrean pasien di puskesmas panjang dan obat tidak tersedia.",
)
# Complaints with a case, with both clocks, with two events on the timeline, and with a sent mail.
COMPLETE = {
    "routing": "SELECT count(*) FROM cases",
    "sla": "SELECT count(*) FROM (SELECT FROM clocks GROUP BY complaint_id HAVING count(*) >= 2) AS clocked",
    "intake": "SELECT count(*) FROM (SELECT FROM timeline GROUP BY complaint_id HAVING count(*) >= 2) AS shown",
    "notify": "SELECT count(*) FROM messages WHERE kind = 'reporter' AND state = 'sent'",
}
REPEATED = {
    "intake": "SELECT count(*) - count(DISTINCT (complaint_id, type)) FROM timeline",
    "notify": "SELECT count(*) - count(DISTINCT (event_id, kind, agency, role)) FROM messages",
}
WAITING = "SELECT count(*) FROM messages WHERE state IN ('waiting', 'sending')"


def main() -> bool:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        processes = Processes(Path(folder), stack)
        _until(lambda: _count(processes, "notify", "SELECT count(*) FROM agencies") >= 14_000)
        figures = {"bench": "pipeline", "broker": processes.broker, **_burst(processes), **_steady(processes)}
    print(json.dumps(figures))
    return bool(figures["per_s"] >= TARGET_PER_S and not figures["lost"] and not figures["duplicated"])


def _burst(processes: Processes) -> dict[str, Any]:
    requests = (post("/intake/complaints", complaint_body(number)) for number in range(COMPLAINTS))
    started = monotonic()
    load = uvloop.run(drive(processes.ports["intake"], requests, CONNECTIONS))
    filed = monotonic() - started
    _until(lambda: _is_complete(processes, COMPLAINTS) and not _count(processes, "notify", WAITING))
    seconds = monotonic() - started
    arrivals = _arrivals(processes)
    return {
        "per_s": round(COMPLAINTS / seconds),
        "seconds": round(seconds, 1),
        "filed_in_s": round(filed, 1),
        "refused": load.refused,
        "lost": COMPLAINTS - min(_complete(processes), len(arrivals)),
        "duplicated": _duplicated(processes),
        "mails": processes.mails(),
    }


def _steady(processes: Processes) -> dict[str, Any]:
    """The time from a request to the reporter's mail in the folder, at a steady rate."""
    requests = (post("/intake/complaints", complaint_body(number)) for number in range(COMPLAINTS, COMPLAINTS + STEADY))
    sent = uvloop.run(pace(processes.ports["intake"], requests, STEADY_PER_S))
    _until(lambda: _is_complete(processes, COMPLAINTS + STEADY))
    arrivals = _arrivals(processes)
    waited = [arrivals[number] - at for number, at in enumerate(sent, COMPLAINTS)]
    return {
        "p50_ms": round(quantile(waited, 0.5) * 1000),
        "p99_ms": round(quantile(waited, 0.99) * 1000),
        "at_per_s": STEADY_PER_S,
    }


def complaint_body(number: int) -> bytes:
    complaint = {
        "text": f"{TEXTS[number % len(TEXTS)]} Mohon segera ditangani.",
        "region": REGIONS[number // len(TEXTS) % len(REGIONS)],
        "contact": {"name": "Pelapor Uji", "email": f"p{number}@warga.example"},
    }
    return json.dumps(complaint).encode()


def _complete(processes: Processes) -> int:
    """The number of complaints that all services have processed."""
    return min(_count(processes, service, query) for service, query in COMPLETE.items())


def _is_complete(processes: Processes, complaints: int) -> bool:
    """Whether so many are complete; it ends at the first service that is not, so that looking costs little."""
    return all(_count(processes, service, COMPLETE[service]) >= complaints for service in reversed(COMPLETE))


def _duplicated(processes: Processes) -> int:
    """The number of repeated effects: rows of one event, or mails of one notice."""
    rows = sum(_count(processes, service, query) for service, query in REPEATED.items())
    return rows + processes.mails() - _count(processes, "notify", "SELECT count(DISTINCT mail_id) FROM messages")


def _arrivals(processes: Processes) -> dict[int, float]:
    """The time of each reporter's mail, by the number in its address."""
    found: dict[int, float] = {}
    for path in (processes.mail / "new").iterdir():
        with path.open("rb") as file:
            address = file.readline().partition(b":")[2].strip().decode()
        if address.endswith("@warga.example"):
            found[int(address[1:].partition("@")[0])] = path.stat().st_mtime
    return found


def _count(processes: Processes, service: str, query: str) -> int:
    return asyncio.run(_scalar(processes.server.url(DATABASE, service), query))


async def _scalar(url: str, query: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        value = (await connection.execute(text(query))).scalar_one()
    await engine.dispose()
    return int(value)


def _until(done: Any) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while not done() and monotonic() < until:
        sleep(0.2)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
