"""Agencies: the directory as sla and notify keep it is that of routing, or the auditor says which agency differs."""

import pytest

from services.audit.checks.agencies import differing
from tests.audit.conftest import AuditorMaker, Country, audited
from tests.journey.system import System
from tests.make import HEALTH, ROADS

DAMAGES = {
    f"UPDATE sla.agencies SET parent = NULL WHERE code = '{ROADS}'": ("directory_differs", f"sla/{ROADS}"),
    f"UPDATE sla.agencies SET departed = true WHERE code = '{ROADS}'": ("directory_differs", f"sla/{ROADS}"),
    f"UPDATE sla.agencies SET seats = '{{}}' WHERE code = '{ROADS}'": ("directory_differs", f"sla/{ROADS}"),
    f"UPDATE sla.agencies SET schedule = '08:00-16:00|||' WHERE code = '{ROADS}'": (
        "directory_differs",
        f"sla/{ROADS}",
    ),
    f"DELETE FROM sla.agencies WHERE code = '{ROADS}'": ("directory_differs", f"sla/{ROADS}"),
    f"UPDATE notify.agencies SET departed = true WHERE code = '{HEALTH}'": ("directory_differs", f"notify/{HEALTH}"),
    f"UPDATE notify.agencies SET sensitive_seats = '{{liaison}}' WHERE code = '{HEALTH}'": (
        "directory_differs",
        f"notify/{HEALTH}",
    ),
    f"UPDATE notify.seats SET email = 'x@y.example' WHERE agency = '{HEALTH}' AND role = 'leader'": (
        "directory_differs",
        f"notify/{HEALTH}",
    ),
    f"INSERT INTO sla.unreachable_seats VALUES ('{ROADS}', 'leader', now() - interval '9 years', '')": (
        "seat_differs",
        f"sla/{ROADS}/leader",
    ),
}


@pytest.fixture
def country(system: System) -> Country:
    url = system.service("sla").settings.database_url("sla").replace("//sla@", "//postgres@")
    return Country(system, {}, url, audited(system))


async def test_every_damage_to_a_directory_is_named(country: Country, auditor: AuditorMaker) -> None:
    state, now = auditor(country), country.system.clock.now()
    for damage, found in DAMAGES.items():
        await country.damage("UPDATE routing.agencies SET published_at = published_at - interval '11 minutes'")
        before = {(one.check, one.subject) for one in (await differing(state.databases, now)).violations}
        await country.damage(damage)
        after = {(one.check, one.subject) for one in (await differing(state.databases, now)).violations}
        assert found in after and after - before <= {found}, damage


async def test_a_publication_of_the_last_minutes_is_only_on_its_way(country: Country, auditor: AuditorMaker) -> None:
    state, now = auditor(country), country.system.clock.now()
    assert (await differing(state.databases, now)).violations == []
    await country.damage(f"UPDATE routing.agencies SET card = card || '{{\"name\": \"Lain\"}}' WHERE code = '{ROADS}'")
    assert (await differing(state.databases, now)).violations == []
    await country.damage("UPDATE routing.agencies SET published_at = published_at - interval '11 minutes'")
    found = (await differing(state.databases, now)).violations
    assert {(one.check, one.subject) for one in found} == {
        ("directory_differs", f"sla/{ROADS}"),
        ("directory_differs", f"notify/{ROADS}"),
    }
    assert found[0].detail.startswith(f"Instansi {ROADS} di layanan tenggat (sla) berbeda dari direktori")
