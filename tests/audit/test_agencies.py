"""Agencies: the directory as sla and notify keep it is that of routing, or the auditor says which agency differs."""

from datetime import timedelta

import pytest

from services.audit.actions import reports
from services.audit.actions.violations import note
from services.audit.checks.agencies import differing
from services.routing.actions.directories import publish_again
from shared.events import AgencyPublished, decode
from tests.audit.conftest import AuditorMaker, Country, audited
from tests.journey.system import NATIONAL_ADMIN, System
from tests.make import CITY, HEALTH, ROADS, TRANSPORT

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

RENAMED = f"UPDATE routing.agencies SET card = card || '{{\"name\": \"Lain\"}}' WHERE code = '{ROADS}'"
EARLIER = "UPDATE routing.agencies SET published_at = published_at - interval '11 minutes'"


@pytest.fixture
def country(system: System) -> Country:
    url = system.service("sla").settings.database_url("sla").replace("//sla@", "//postgres@")
    return Country(system, {}, url, audited(system))


async def test_every_damage_to_a_directory_is_named(country: Country, auditor: AuditorMaker) -> None:
    state, now = auditor(country), country.system.clock.now()
    for damage, found in DAMAGES.items():
        await country.damage(EARLIER)
        before = {(one.check, one.subject) for one in (await differing(state.databases, now)).violations}
        await country.damage(damage)
        after = {(one.check, one.subject) for one in (await differing(state.databases, now)).violations}
        assert found in after and after - before <= {found}, damage


async def test_routing_publishes_again_by_itself_what_another_service_knows_otherwise(
    country: Country, auditor: AuditorMaker
) -> None:
    state, system = auditor(country), country.system
    departed = f"UPDATE routing.agencies SET successor = '{CITY}' WHERE code = '{TRANSPORT}'"
    await country.damage(departed, EARLIER, RENAMED, *(damage for damage in DAMAGES if "DELETE" not in damage))
    await note(state, await differing(state.databases, system.clock.now()), system.clock.now())
    assert {one.violation.agency for one in state.ledger.open.values()} == {ROADS, HEALTH, TRANSPORT}
    await system.advance_to(system.clock.now() + timedelta(minutes=16))
    before = len(system.published)
    await reports.report_once(state, system.runtimes[0].bus)
    await system.settle()
    said = [event.fact for one in system.published[before:] if one.value and (event := decode(one.value))]
    again = {(fact.code, fact.successor) for fact in said if isinstance(fact, AgencyPublished)}
    assert again == {(ROADS, None), (HEALTH, None), (TRANSPORT, CITY)}
    mails = "".join(system.mails(NATIONAL_ADMIN))
    assert f"directory_differs (instansi {ROADS})" in mails
    assert mails.count("menyampaikannya ulang dengan sendirinya") == mails.count("Pelanggaran ini ada sejak") > 0
    await country.damage(EARLIER)
    assert (await differing(state.databases, system.clock.now())).violations == []


async def test_an_agency_of_another_directory_is_left_to_whoever_has_published_it(country: Country) -> None:
    await country.damage(f"UPDATE routing.agencies SET digest = 'other' WHERE code = '{ROADS}'")
    async with country.system.service("routing").begin() as tx:
        assert await publish_again(tx, [ROADS, HEALTH, "99.99"]) == 1


async def test_a_publication_of_the_last_minutes_is_only_on_its_way(country: Country, auditor: AuditorMaker) -> None:
    state, now = auditor(country), country.system.clock.now()
    assert (await differing(state.databases, now)).violations == []
    await country.damage(RENAMED)
    assert (await differing(state.databases, now)).violations == []
    await country.damage(EARLIER)
    found = (await differing(state.databases, now)).violations
    assert {(one.check, one.subject) for one in found} == {
        ("directory_differs", f"sla/{ROADS}"),
        ("directory_differs", f"notify/{ROADS}"),
    }
    assert found[0].detail.startswith(f"Instansi {ROADS} di layanan tenggat (sla) berbeda dari direktori")
