"""Events that wait: each kind is a violation of its service once it has waited too long."""

from datetime import timedelta

import pytest

from services.audit.checks.backlogs import AWAITED, waiting_events
from services.audit.domain.sentences import service_label
from shared.clock import AcceleratedClock, RealClock, pace_of
from shared.runtime import ALL
from tests.audit.conftest import AuditorMaker, Country, audited
from tests.journey.system import System
from tests.services import definition


@pytest.mark.parametrize(("minutes", "is_ahead"), [(59, False), (61, True)])
@pytest.mark.parametrize(("service", "table"), [("sla", "watermarks"), ("sla", "promised"), ("intake", "promised")])
async def test_a_promise_of_the_future_is_a_violation(
    system: System, auditor: AuditorMaker, service: str, table: str, minutes: int, is_ahead: bool
) -> None:
    country = country_of(system)
    up_to = system.clock.now() + timedelta(minutes=minutes)
    await country.damage(f"UPDATE {service}.{table} SET up_to = '{up_to.isoformat()}'")
    assert ("promised_ahead" in await told(country, auditor, service)) is is_ahead


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "20000-01-01Z", "0044-03-15 BC", "2400-01-01Z"])
@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("parked", "INSERT INTO notify.parked (topic, key, value, error, parked_at) VALUES ('t', 'k', '', 'e', {})"),
        ("unpublished", "INSERT INTO notify.outbox (topic, key, value, staged_at) VALUES ('t', 'k', '{{}}', {})"),
    ],
)
async def test_an_event_that_waits_since_no_moment_that_can_be_is_a_violation(
    system: System, auditor: AuditorMaker, check: str, statement: str, moment: str
) -> None:
    country = country_of(system)
    await country.damage(
        "ALTER TABLE notify.parked DROP CONSTRAINT moments_are_readable", statement.format(f"'{moment}'")
    )
    assert await told(country, auditor, "notify") == {check}


def country_of(system: System) -> Country:
    """The system, without complaints."""
    superuser = system.service("sla").settings.database_url("sla").replace("//sla@", "//postgres@")
    return Country(system, {}, superuser, audited(system))


async def told(country: Country, auditor: AuditorMaker, service: str) -> set[str]:
    """The checks that find something in this service."""
    found = await waiting_events(auditor(country).databases, country.system.clock.now(), RealClock().now())
    return {one.check for one in found.violations if one.subject == service}


@pytest.mark.parametrize("speed", [0.5, 1, 1_440])
@pytest.mark.parametrize(("minutes", "is_late"), [(14, False), (16, True)])
async def test_a_publisher_that_is_not_heard_is_a_violation_by_its_age(
    system: System, auditor: AuditorMaker, minutes: int, is_late: bool, speed: float
) -> None:
    """Its age is of real time, also where the services' clock is faster."""
    country = country_of(system)
    pace = pace_of(AcceleratedClock(speed, system.clock.now()))
    up_to = system.clock.now() - timedelta(minutes=minutes) * pace
    await country.damage(
        f"UPDATE sla.watermarks SET up_to = '{up_to.isoformat()}' WHERE publisher = 'routing'",
    )
    found = await waiting_events(auditor(country).databases, system.clock.now(), RealClock().now(), pace)
    words = [(one.check, one.subject, one.detail) for one in found.violations]
    assert words == (
        [
            (
                "unheard",
                "sla",
                "Layanan tenggat (sla) tidak mendengar kabar dari 1 layanan lain lebih dari seperempat jam.",
            )
        ]
        if is_late
        else []
    )


@pytest.mark.parametrize(("minutes", "is_late"), [(14, False), (16, True)])
@pytest.mark.parametrize(
    ("statement", "unheard"),
    [
        ("DELETE FROM sla.watermarks", {"sla": 3}),
        ("DELETE FROM notify.watermarks", {"notify": 1}),
        ("DELETE FROM sla.watermarks WHERE publisher = 'notify'", {"sla": 1}),
        ("UPDATE sla.watermarks SET partitions = 4 WHERE publisher = 'intake'", {"sla": 1}),
    ],
)
async def test_a_publisher_of_which_nothing_is_known_is_a_violation_by_the_age_of_the_installation(
    system: System, auditor: AuditorMaker, statement: str, unheard: dict[str, int], minutes: int, is_late: bool
) -> None:
    country = country_of(system)
    first = f"SET received_at = now() - interval '{minutes} minutes'"
    await country.damage(statement, *(f"UPDATE {service}.inbox {first}" for service in ALL))
    found = await waiting_events(auditor(country).databases, system.clock.now(), RealClock().now())
    words = {one.subject: one.detail for one in found.violations if one.check == "unheard"}
    said = "Layanan {} tidak mendengar kabar dari {} layanan lain lebih dari seperempat jam."
    expected = {name: said.format(service_label(name), count) for name, count in unheard.items()}
    assert words == (expected if is_late else {})


async def test_before_anything_was_ever_received_nothing_is_unheard(system: System, auditor: AuditorMaker) -> None:
    country = country_of(system)
    await country.damage("DELETE FROM sla.watermarks", *(f"DELETE FROM {service}.inbox" for service in ALL))
    assert await told(country, auditor, "sla") == set()


def test_the_auditor_knows_whom_each_service_awaits() -> None:
    assert {name: tuple(sorted(awaits)) for name in ALL if (awaits := definition(name).awaits)} == AWAITED
