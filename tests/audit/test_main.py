"""The auditor's process: its loops look and report, its own readiness fails, and the services stay ready."""

import asyncio
from collections.abc import Callable

import httpx

from services.audit.main import auditing
from shared.bus.memory import MemoryBus
from shared.telemetry import audit_completed
from tests.audit.conftest import VERIFIED, CountryMaker
from tests.services import client_of


async def test_a_lasting_violation_fails_the_auditor_and_no_service(make_country: CountryMaker) -> None:
    country = await make_country(1)
    id = country.complaints[VERIFIED][0]
    await country.damage(f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'")
    hasty = {"audit_unready_seconds": 1e-6, "audit_seconds": 0.05}
    settings = country.settings.model_copy(update=hasty)
    async with auditing(settings, MemoryBus(), country.system.clock) as app:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://audit")
        assert (await client.get("/health/live")).json() == {"status": "alive"}
        # Time passes between two looks.
        await _until(lambda: audit_completed._value.get() == country.system.clock.now().timestamp())
        country.system.clock.advance_to(country.system.clock.now().replace(microsecond=999_999))
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "unready")
        assert answer.json()["troubles"] == ["audit: holder_differs: 1 violations have lasted"]
        metrics = (await client.get("/metrics")).text
        assert 'tanggap_audit_violations{check="holder_differs"} 1.0' in metrics
        assert 'tanggap_audit_violations{check="no_case"} 0.0' in metrics
    sla = await client_of(country.system.service("sla")).get("/sla/policies")
    assert sla.status_code == 200
    assert (await country.system.clients[0].get("/health/ready")).status_code == 200


async def test_the_auditor_is_ready_where_all_is_well(make_country: CountryMaker) -> None:
    country = await make_country(1)
    async with auditing(country.settings, MemoryBus(), country.system.clock) as app:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://audit")
        await _until(lambda: audit_completed._value.get() == country.system.clock.now().timestamp())
        assert (await client.get("/health/ready")).json() == {"status": "ready", "troubles": []}


async def _until(happened: Callable[[], bool]) -> None:
    for _ in range(400):
        if happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("It has not happened within twenty seconds.")
