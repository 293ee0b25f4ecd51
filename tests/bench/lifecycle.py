"""Whole lives a second, filed to accepted and read; with empty tables and with 1,000,000 stored."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.settings import Settings
from shared.local.stand_ins import DATABASE
from shared.local.tokens import local_token
from tests.bench.load import drive, get, post
from tests.bench.pipeline import complaint_body
from tests.bench.processes import Processes
from tests.bench.stored import store
from tests.make import answer_text, follow_up_text

LIVES, GROUPS, CONNECTIONS = 2_000, 8, 8
STORED, UNITS = 1_000_000, 500
TARGET_PER_S, TARGET_RATIO = 100, 0.8
PATIENCE_SECONDS = 180.0
ROUTED = "SELECT id, verifier FROM routing.cases WHERE id = ANY(:ids)"
HELD = "SELECT id, holder FROM routing.cases WHERE id = ANY(:ids)"
# Lives whose answer stands in every service, and whose reporter was mailed about it; those that were closed.
TOLD = """
SELECT count(*) FROM intake.standings AS shown JOIN sla.complaints AS timed ON timed.id = shown.complaint_id
WHERE shown.complaint_id = ANY(:ids) AND shown.state = 'ANSWERED' AND timed.answered_at IS NOT NULL
  AND EXISTS (SELECT FROM notify.messages WHERE messages.complaint_id = timed.id AND kind = 'reporter'
              AND template = 'answered' AND messages.state = 'sent')
"""
CLOSED = "SELECT count(*) FROM intake.standings WHERE complaint_id = ANY(:ids) AND state = 'CLOSED'"
WAITING = "SELECT count(*) FROM notify.messages WHERE state IN ('waiting', 'sending')"
HOLDERS = "SELECT array_agg(code) FROM (SELECT code FROM sla.agencies WHERE tier = 'unit' LIMIT :units) AS units"


@dataclass(frozen=True)
class Bench:
    """The processes under load, a connection that looks into their databases, and the officials' tokens."""

    ports: dict[str, int]
    engine: AsyncEngine
    settings: Settings
    tokens: dict[tuple[str, str], str]

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()

    def official(self, role: str, agency: str) -> str:
        if (role, agency) not in self.tokens:
            self.tokens[role, agency] = f"Bearer {local_token(self.settings, role, agency, f'{role}-{agency}')}"
        return self.tokens[role, agency]

    async def load(self, service: str, requests: Iterator[bytes], keep: bool = False) -> list[bytes]:
        load = await drive(self.ports[service], requests, CONNECTIONS, keep)
        assert not load.refused, f"{service} refused {load.refused} requests"
        return load.answers


def main() -> bool:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        processes = Processes(folder, stack)
        figures = uvloop.run(_measure(processes, folder))
    print(json.dumps(figures))
    return bool(figures["per_s"] >= TARGET_PER_S and figures["ratio_million"] >= TARGET_RATIO)


async def _measure(processes: Processes, folder: Path) -> dict[str, Any]:
    engine = create_async_engine(processes.server.url(DATABASE))
    bench = Bench(processes.ports, engine, Settings(data_dir=folder), {})
    await _until(bench, "SELECT count(*) FROM notify.agencies", 14_000)
    await _lives(bench, 0, LIVES // 4)  # warm
    pipeline = await _filings(bench, LIVES)
    empty = await _lives(bench, 2 * LIVES, LIVES)
    (holders,) = (await bench.rows(HOLDERS, units=UNITS))[0]
    await store(processes.server.url(DATABASE), now=datetime.now(UTC), holders=holders, stored=STORED)
    full = await _lives(bench, 4 * LIVES, LIVES)
    await engine.dispose()
    return {
        "bench": "lifecycle",
        "broker": processes.broker,
        "per_s": round(empty),
        "per_s_million": round(full),
        "ratio_million": round(full / empty, 2),
        "pipeline_per_s": round(pipeline),
        "ratio_pipeline": round(empty / pipeline, 2),
    }


async def _filings(bench: Bench, complaints: int) -> float:
    """Complaints a second that are filed, routed and mailed, as `pipeline` has them."""
    started = monotonic()
    answers = await bench.load("intake", _new(LIVES, complaints), keep=True)
    ids = [UUID(json.loads(answer)["id"]) for answer in answers]
    await _until(bench, f"SELECT count(*) FROM ({ROUTED}) AS routed", complaints, ids=ids)
    await _until(bench, f"SELECT 1 - least(1, ({WAITING}))", 1)
    return complaints / (monotonic() - started)


async def _lives(bench: Bench, first: int, lives: int) -> float:
    """Lives a second; groups of them are at different acts at the same time."""
    started, each = monotonic(), lives // GROUPS
    await asyncio.gather(*(_group(bench, first + group * each, each) for group in range(GROUPS)))
    await _until(bench, f"SELECT 1 - least(1, ({WAITING}))", 1)
    return lives / (monotonic() - started)


async def _group(bench: Bench, first: int, lives: int) -> None:
    receipts = [json.loads(answer) for answer in await bench.load("intake", _new(first, lives), keep=True)]
    ids = [UUID(receipt["id"]) for receipt in receipts]
    await _until(bench, f"SELECT count(*) FROM ({ROUTED}) AS routed", lives, ids=ids)
    verifiers = await bench.rows(ROUTED, ids=ids)
    await bench.load(
        "routing", _acts(bench, verifiers, "coordinator", "verifications", {"classification": "complaint"})
    )
    holders = await bench.rows(HELD, ids=ids)
    await bench.load(
        "routing", (get("/routing/complaints?limit=50", bench.official("liaison", at)) for _, at in holders)
    )
    await bench.load("routing", _acts(bench, holders, "liaison", "follow-ups", {}, follow_up_text))
    await bench.load("routing", _acts(bench, holders, "liaison", "answers", {}, answer_text))
    await _until(bench, TOLD, lives, ids=ids)
    await bench.load("intake", map(_acceptance, receipts))
    await _until(bench, CLOSED, lives, ids=ids)
    paths = (f"/intake/complaints/{receipt['tracking_reference']}/timeline" for receipt in receipts)
    await bench.load("intake", (get(path) for path in paths))


def _new(first: int, count: int) -> Iterator[bytes]:
    return (post("/intake/complaints", complaint_body(number)) for number in range(first, first + count))


def _acceptance(receipt: dict[str, str]) -> bytes:
    return post(f"/intake/complaints/{receipt['tracking_reference']}/acceptances", b"{}", pin=receipt["pin"])


def _acts(
    bench: Bench, cases: Sequence[Any], role: str, kind: str, body: dict[str, Any], words: Any = None
) -> Iterator[bytes]:
    """One act on each case by an official of the agency beside it; `words` makes the text of each."""
    for complaint, agency in cases:
        said = {**body, "text": words(complaint)} if words else body
        yield post(
            f"/routing/complaints/{complaint}/{kind}",
            json.dumps(said).encode(),
            authorization=bench.official(role, agency),
        )


async def _until(bench: Bench, statement: str, wanted: int, **values: Any) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while (await bench.rows(statement, **values))[0][0] < wanted:
        if monotonic() > until:
            raise TimeoutError(statement)
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
