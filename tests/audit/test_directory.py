"""An agency whose zone, tier or region nobody knows is shown by name of its service and code."""

from services.audit.actions.audits import audit_once
from services.audit.actions.violations import published
from services.audit.checks.directory import unknown_traits
from tests.audit.conftest import AuditorMaker, Country, audited
from tests.journey.system import System
from tests.make import HEALTH, ROADS


async def test_what_nobody_knows_of_an_agency_is_a_violation(system: System, auditor: AuditorMaker) -> None:
    url = system.service("sla").settings.database_url("sla").replace("//sla@", "//postgres@")
    country = Country(system, {}, url, audited(system))
    state = auditor(country)
    assert (await unknown_traits(state.databases, system.clock.now())).violations == []
    await country.damage(
        f"UPDATE sla.agencies SET zone = 'Mars', tier = 'x', region = '99.99' WHERE code = '{ROADS}'",
        f"UPDATE notify.agencies SET zone = 'Mars' WHERE code = '{HEALTH}'",
    )
    found = await unknown_traits(state.databases, system.clock.now())
    assert {one.subject: one.detail for one in found.violations} == {
        f"sla/{ROADS}": f"Instansi {ROADS} di layanan tenggat (sla) memiliki zona waktu Mars, jenjang x, wilayah 99.99"
        " yang tidak dikenal.",
        f"notify/{HEALTH}": f"Instansi {HEALTH} di layanan pemberitahuan (notify) memiliki zona waktu Mars"
        " yang tidak dikenal.",
    }
    while await audit_once(state):
        pass
    assert published(state).counts["unknown_trait"] == 2
