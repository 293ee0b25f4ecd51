"""The auditor's process: its loops look and report, its own readiness fails, and the services stay ready."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.__main__ import _has_an_auditor
from services.audit.actions import violations
from services.audit.domain.violations import Findings, Violation
from services.audit.main import audit as by_hand
from services.audit.main import auditing, watching
from services.audit.state import state_of
from services.settings import Settings
from shared.bus.memory import MemoryBus
from shared.runtime import ALL
from shared.telemetry import audit_completed, audit_violations
from tests.audit.conftest import VERIFIED, CountryMaker
from tests.journey.system import NATIONAL_ADMIN
from tests.make import CITY
from tests.services import bearer, client_of


@pytest.fixture(autouse=True)
def _no_pass_has_ended() -> None:
    """The gauge belongs to the process: what an earlier test set at the same moment would end a wait at once."""
    audit_completed.set(0)


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


async def test_beside_the_services_the_auditor_tells_log_page_and_mail(
    make_country: CountryMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a local installation, whose bus no other process can reach."""
    country = await make_country(1)
    system, id = country.system, country.complaints[VERIFIED][0]
    await country.damage(f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'")
    hasty = {"audit_grace_seconds": 1e-6, "audit_seconds": 0.05, "poll_seconds": 0.05}
    settings = country.settings.model_copy(update=hasty)
    logged: list[str] = []
    monkeypatch.setattr(violations.log, "error", lambda line, **values: logged.append(f"{line}: {values['check']}"))
    audit_completed.set(0)
    async with watching(settings, system.runtimes[0].bus, system.clock) as findings:
        system.runtimes[0].app.include_router(findings)
        # The law is found violated before everything has been looked at.
        await _until(lambda: bool(logged) and audit_completed._value.get() > 0)
        page = (await system.clients[0].get("/audit/violations")).json()
        # It has lasted, and is told: routing says the complaint again, which ends it.
        system.clock.advance_to(system.clock.now() + timedelta(seconds=1))
        await _until(lambda: any(b'"LawViolated"' in (message.value or b"") for message in system.published))
        await system.settle()
        await _until(lambda: audit_violations.labels(check="holder_differs")._value.get() == 0)
    assert logged == ["law violated: holder_differs"]
    assert [(one["check"], one["complaint_id"]) for one in page["violations"]] == [("holder_differs", id)]
    assert page["completed_at"] is not None
    assert f"holder_differs ({id})" in system.mails(NATIONAL_ADMIN)[-1]


async def test_a_confidential_complaint_is_named_only_to_the_national_administrator(
    make_country: CountryMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = await make_country(1)
    system, known = country.system, country.complaints[VERIFIED][0]
    secret = await system.file(email=None, confidential=True)
    sensitive = await system.file(email=None, sensitive=True)
    await system.settle()
    await system.advance_to(system.clock.now() + timedelta(minutes=11))
    await country.damage("UPDATE sla.clocks SET agency = '91' WHERE complaint_id IN "
                         f"('{known}', '{secret['id']}', '{sensitive['id']}') AND name = 'life'")  # fmt: skip
    logged: list[str] = []
    monkeypatch.setattr(violations.log, "error", lambda line, **values: logged.append(f"{line}: {values}"))
    settings = country.settings.model_copy(update={"audit_seconds": 0.05})
    names = [each[name] for each in (secret, sensitive) for name in ("id", "tracking_reference")]
    async with watching(settings, system.runtimes[0].bus, system.clock) as findings:
        system.runtimes[0].app.include_router(findings)
        client, keys = system.clients[0], system.service("routing")
        await _until(lambda: len(logged) == 3)
        shown = (await client.get("/audit/violations")).json()
        assert shown["counts"] == {"holder_differs": 3}
        assert [one["complaint_id"] for one in shown["violations"]] == [known]
        assert shown["violations"][0]["subject"].startswith("TG-")
        metrics = (await client.get("/metrics")).text
        for told in (str(shown), metrics, *logged):
            assert not any(name in told for name in names), told
        for who in ({}, bearer(keys, "coordinator", CITY), bearer(keys, "overseer")):
            assert (await client.get("/audit/findings", headers=who)).status_code in (401, 403)
        answer = await client.get("/audit/findings", headers=bearer(keys, "admin"))
    whole = answer.json()["findings"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert {one["violation"]["complaint_id"]: one["reference"] is None for one in whole} == {
        known: False,
        secret["id"]: True,
        # Only named seats may know of it.
        None: True,
    }
    assert not any(sensitive[name] in answer.text for name in ("id", "tracking_reference"))


async def test_while_intake_is_away_no_complaint_is_named(make_country: CountryMaker) -> None:
    country = await make_country(1)
    state, id = state_of(country.settings, country.system.clock), country.complaints[VERIFIED][0]
    found = Violation("holder_differs", id, country.system.clock.now(), "", UUID(id))
    await country.damage("REVOKE SELECT ON intake.complaints FROM audit_intake")
    await violations.note(state, Findings(frozenset({"holder_differs"}), [found]), found.since)
    shown = violations.published(state)
    assert (shown.counts, shown.violations) == ({"holder_differs": 1}, [])
    await country.damage("GRANT SELECT ON intake.complaints TO audit_intake")
    await violations.note(state, Findings(frozenset()), found.since)
    assert [one.subject[:3] for one in violations.published(state).violations] == ["TG-"]
    await state.databases.close()


async def test_an_audit_by_hand_of_a_local_installation_leaves_out_what_waits_for_its_start(
    make_country: CountryMaker,
) -> None:
    country = await make_country(1)
    clock, id = country.system.clock, country.complaints[VERIFIED][0]
    assert await by_hand(country.settings, clock) == ([], 0)
    clock.advance_to(clock.now() + timedelta(hours=8))
    assert await by_hand(country.settings, clock) == ([], 2), "sla and notify are unheard"
    await country.damage(f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'")
    found, left_out = await by_hand(country.settings, clock)
    assert (left_out, [one.check for one in found]) == (2, ["holder_differs"])


async def test_an_audit_by_hand_beside_kafka_leaves_nothing_out(make_country: CountryMaker) -> None:
    """While the broker is away no service can promise anything."""
    country = await make_country(1)
    clock = country.system.clock
    await country.damage(
        "INSERT INTO routing.outbox (topic, key, value, staged_at)"
        " VALUES ('complaints.v1', 'k', '{}', now() - interval '1 hour')"
    )
    clock.advance_to(clock.now() + timedelta(minutes=16))
    settings = country.settings.model_copy(update={"bus": "kafka", "kafka_bootstrap": "nowhere:1"})
    found, left_out = await by_hand(settings, clock)
    assert (sorted(one.check for one in found), left_out) == (["unheard", "unheard", "unpublished"], 0)


@pytest.mark.parametrize(
    ("given", "has_one"),
    [
        ({}, True),
        ({"bus": "kafka", "kafka_bootstrap": "k:1"}, False),
        ({"sla_database_url": "postgresql://sla@db/tanggap"}, False),
        ({f"audit_{name}_database_url": "postgresql://audit@db/tanggap" for name in ALL}, True),
    ],
)
def test_only_where_no_other_process_could_tell_the_auditor_runs_beside_the_services(
    given: dict[str, Any], has_one: bool
) -> None:
    assert _has_an_auditor(Settings(**given)) is has_one


async def _until(happened: Callable[[], bool]) -> None:
    for _ in range(400):
        if happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("It has not happened within twenty seconds.")
