"""Runtime: four services in one process, or each in its own, from migration to shutdown."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from deploy.kafka.broker import Broker
from services.settings import Settings
from shared import inbox, migrate
from shared import runtime as runtime_module
from shared.clock import ClockAstray, ManualClock
from shared.db.database import Database
from shared.errors import BadSettings
from shared.events import Fact
from shared.local.postgres import Postgres
from shared.runtime import ALL, Runtime, running, serve, serve_app
from shared.service import Timer
from tests.services import MONDAY
from tests.shared.clocks import Off
from tests.shared.toy import Faults, fact, make_tables, message, noted, rows, toy

X = UUID(int=1)
ROOT = Path(__file__).parents[2]
_numbers = count(1)


@pytest.fixture
async def base(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """Settings of four toys in a database of their own."""

    async def no_migrations(engine: object, name: str) -> None: ...

    monkeypatch.setattr(migrate, "upgrade", no_migrations)
    name = f"runtime_{next(_numbers)}"
    yield await make_tables([toy(n) for n in ALL], cluster.url(), name)
    admin = Database(cluster.url())
    async with admin.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await admin.close()


@pytest.fixture(params=["memory", "kafka"])
async def runtime(request: pytest.FixtureRequest, base: dict[str, Any], faults: Faults) -> AsyncIterator[Runtime]:
    """Four toys without loops, on either bus."""
    changes: dict[str, Any] = {"bus": request.param}
    if request.param == "kafka":
        changes |= kafka_of(request.getfixturevalue("kafka"))
    services = [toy(name, faults) for name in ALL]
    async with running(services, Settings(**base, **changes), ManualClock(MONDAY), loops=False) as runtime:
        yield runtime


def kafka_of(broker: Broker) -> dict[str, Any]:
    return {
        "bus": "kafka", "kafka_bootstrap": broker.bootstrap, "kafka_prefix": f"h{next(_numbers)}.",
        "kafka_partitions": 2,
    }  # fmt: skip


async def stage(runtime: Runtime, name: str, *facts: Fact) -> None:
    service = runtime.services[name]
    async with service.begin() as tx:
        tx.stage(*facts)


async def test_settling_delivers_every_event_to_every_service_and_ends(runtime: Runtime, faults: Faults) -> None:
    faults.timer_work = 5
    await stage(runtime, "sla", *(fact(X, n) for n in range(20)))
    assert await runtime.settle() >= 20
    for name in ALL:
        assert await noted(runtime.services[name]) == [(X, n) for n in range(20)]
    assert faults.timer_work == 0
    assert await runtime.settle() == 0


async def test_two_replicas_settle_together(base: dict[str, Any], kafka: Broker) -> None:
    settings = Settings(**base, **kafka_of(kafka))
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(
                running([toy(name) for name in ALL], settings, ManualClock(MONDAY), loops=loops)
            )
            for loops in (False, True)
        ]
        await stage(one, "sla", *(fact(UUID(int=n), n) for n in range(50)))
        async with asyncio.timeout(60):
            await one.settle()
        for name in ALL:
            assert len(await noted(one.services[name])) == 50
        assert {service.name for service in two.services.values()} == set(ALL)


async def test_the_loops_deliver_events_without_settling(base: dict[str, Any]) -> None:
    async with running([toy(name) for name in ALL], Settings(**base), ManualClock(MONDAY)) as runtime:
        await stage(runtime, "sla", fact(X, 7))
        async with asyncio.timeout(20):
            while await noted(runtime.services["intake"]) != [(X, 7)]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def get(runtime: Runtime, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(runtime.app), base_url="http://t") as client:
        return await client.get(path)


async def test_readiness_is_lost_when_a_loop_ends_or_a_database_is_unreachable(
    base: dict[str, Any], cluster: Postgres
) -> None:
    async with running([toy(name) for name in ALL], Settings(**base), ManualClock(MONDAY)) as runtime:
        assert (await get(runtime, "/health/ready")).json() == {"status": "ready", "troubles": []}
        await runtime.services["sla"].db.close()
        url = cluster.url("nowhere", "sla")
        runtime.services["sla"].db = Database(url)
        answer = await get(runtime, "/health/ready")
        assert answer.status_code == 503
        assert any("sla: the database does not answer" in trouble for trouble in answer.json()["troubles"])
        task = runtime.loops[0]._task
        assert task is not None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        answer = await get(runtime, "/health/ready")
        assert any("intake:relay has ended" in trouble for trouble in answer.json()["troubles"])
        assert (await get(runtime, "/health/live")).status_code == 200
        assert (await get(runtime, "/metrics")).status_code == 200


async def test_readiness_is_lost_when_our_clock_is_not_the_databases(base: dict[str, Any]) -> None:
    async with running([toy(name) for name in ALL], Settings(**base), ManualClock(MONDAY)) as runtime:
        assert (await get(runtime, "/health/ready")).status_code == 200  # an injected clock is its own authority
        runtime.services["sla"].clock = Off(timedelta(days=3_650))
        answer = await get(runtime, "/health/ready")
        assert answer.status_code == 503
        assert answer.json()["troubles"] == [f"sla: {ClockAstray.__doc__}"]


async def test_the_loops_retry_parked_events_after_a_start(base: dict[str, Any], faults: Faults) -> None:
    services, faults.steps = [toy(name, faults) for name in ALL], {1}
    async with running(services, Settings(**base), ManualClock(MONDAY), loops=False) as runtime:
        sla = runtime.services["sla"]
        await inbox.receive(sla, [message(fact(X, 1))])
        async with sla.begin() as tx:  # parked hours ago, and tried by the last process
            await tx.execute(
                "UPDATE parked SET tried_at = now() - interval '1 hour', next_try_at = now() + interval '5 hours'"
            )
    faults.steps = set()
    async with running(services, Settings(**base), ManualClock(MONDAY)) as runtime, asyncio.timeout(20):
        while await noted(runtime.services["sla"]) != [(X, 1)]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_metrics_count_waiting_and_parked_events(runtime: Runtime, faults: Faults) -> None:
    faults.steps = {1}
    sla = runtime.services["sla"]
    await stage(runtime, "sla", fact(X, 5))
    await inbox.receive(sla, [message(fact(X, 1))])
    metrics = (await get(runtime, "/metrics")).text
    assert 'tanggap_outbox_waiting{service="sla"} 1.0' in metrics
    assert 'tanggap_parked_events{service="sla"} 1.0' in metrics
    assert 'tanggap_ahead_events{service="sla"} 0.0' in metrics
    assert 'tanggap_later_events{service="sla"} 0.0' in metrics
    assert 'tanggap_parked_age_seconds{service="notify"} 0.0' in metrics
    await runtime.settle()
    metrics = (await get(runtime, "/metrics")).text
    assert 'tanggap_outbox_waiting{service="sla"} 0.0' in metrics
    assert 'tanggap_inbox_lag_events{service="notify"} 0.0' in metrics


async def test_one_service_alone_needs_kafka_and_every_service_a_database() -> None:
    with pytest.raises(BadSettings, match="would never hear"):
        Runtime([toy("sla")], Settings())
    with pytest.raises(BadSettings, match="INTAKE_DATABASE_URL"):
        Runtime([toy(name) for name in ALL], Settings())


async def test_an_unreachable_database_or_broker_is_refused_at_start(base: dict[str, Any]) -> None:
    services = [toy(name) for name in ALL]
    away = {**base, "sla_database_url": "postgresql://sla@127.0.0.1:1/x"}
    for settings, name in (
        (Settings(**away), "TANGGAP_SLA_DATABASE_URL"),
        (Settings(**base, bus="kafka", kafka_bootstrap="127.0.0.1:1"), "TANGGAP_KAFKA_BOOTSTRAP"),
    ):
        with pytest.raises(BadSettings, match=name):
            async with running(services, settings):
                pass


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_ends_with_status_0_on_a_signal(base: dict[str, Any], ending: signal.Signals) -> None:
    process = start_process(base)
    try:
        port = json.loads(await first_line(process, "serving"))["port"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/health/ready")).status_code == 200
        process.send_signal(ending)
        _, rest = await asyncio.to_thread(process.communicate, timeout=30)
        assert process.returncode == 0, rest
        assert b'"stopped"' in rest
        assert b"Traceback" not in rest
    finally:
        process.kill()


async def test_the_address_answers_by_the_time_serving_is_logged(
    base: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []

    def info(event: str, **fields: Any) -> None:
        if event == "serving":
            with socket.create_connection(("127.0.0.1", fields["port"]), timeout=10):
                reached.append(fields["port"])
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(runtime_module.log, "info", info)
    await serve([toy(name) for name in ALL], Settings(**base, port=0))
    assert len(reached) == 1


async def test_a_port_that_the_system_chooses_is_known_to_the_app(base: dict[str, Any]) -> None:
    known: list[int] = []

    @asynccontextmanager
    async def app_of(settings: Settings) -> AsyncIterator[FastAPI]:
        known.append(settings.port)
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        yield FastAPI()

    await serve_app(app_of, Settings(**base, port=0), ["toy"])
    assert known[0] > 0


def start_process(base: dict[str, Any], *names: str, **changes: str) -> "subprocess.Popen[bytes]":
    given = {f"TANGGAP_{name.upper()}": str(value) for name, value in {**base, "port": 0, **changes}.items()}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.shared.process", *names],
        cwd=ROOT, env={**inherited, **given}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


async def first_line(process: "subprocess.Popen[bytes]", word: str) -> bytes:
    assert process.stderr is not None
    while line := await asyncio.to_thread(process.stderr.readline):
        if f'"{word}"'.encode() in line:
            return line
    raise AssertionError(f"the process ended without logging {word}")


async def test_a_consumer_lets_events_gather_as_long_as_its_service_says(base: dict[str, Any]) -> None:
    slow = replace(toy("sla"), gather_seconds=0.5)
    settings = Settings(**base | {"bus": "kafka", "kafka_bootstrap": "localhost:1"})
    runtime = Runtime([slow, toy("notify")], settings)
    loops = [loop for service in runtime.services.values() for loop in runtime._loops(service)]
    assert {loop.service: loop._rest for loop in loops if loop.name == "consume"} == {"sla": 0.5, "notify": 0.005}
    await asyncio.gather(*(service.close() for service in runtime.services.values()))


def test_a_timer_is_a_name_and_a_step() -> None:
    assert Timer("sweep", toy().timers[0].step).rest_seconds is None


async def test_the_replay_command_handles_parked_events(
    base: dict[str, Any], faults: Faults, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from services import __main__ as command

    faults.steps = {1}
    async with running([toy(name, faults) for name in ALL], Settings(**base), loops=False) as runtime:
        await inbox.receive(runtime.services["sla"], [message(fact(X, 1))])
        monkeypatch.setattr(command, "definition", lambda name: toy(name, faults))
        monkeypatch.setattr(
            command, "configure_logs", lambda level: None
        )  # a logger set up here would keep writing to the captured output
        assert await command._replay_parked("sla", Settings(**base)) == 1
        faults.steps = set()
        assert await command._replay_parked("sla", Settings(**base)) == 0
        assert capsys.readouterr().out.splitlines() == ["0 handled, 1 still parked", "1 handled, 0 still parked"]
        assert await rows(runtime.services["sla"], "SELECT step FROM notes") == [(1,)]


def test_the_token_command_signs_with_the_local_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.__main__ import main

    monkeypatch.setenv("TANGGAP_DATA_DIR", str(tmp_path))
    written: list[str] = []
    monkeypatch.setattr(sys.stdout, "write", written.append)
    assert main(["token", "--role", "leader", "--agency", "35.78"]) == 0
    assert written[0].count(".") == 2
