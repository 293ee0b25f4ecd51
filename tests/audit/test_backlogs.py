"""Events that wait: each kind is a violation of its service once it has waited too long."""

from datetime import timedelta

import pytest

from services.audit.checks.backlogs import waiting_events
from shared.clock import RealClock
from tests.audit.conftest import AuditorMaker, Country, audited
from tests.journey.system import System

WATERMARKS = (
    "CREATE TABLE IF NOT EXISTS sla.watermarks (publisher text, topic text, partition integer, up_to timestamptz,"
    " partitions integer)"
)


@pytest.mark.parametrize(("minutes", "is_late"), [(14, False), (16, True)])
async def test_a_publisher_that_is_not_heard_is_a_violation_by_its_age(
    system: System, auditor: AuditorMaker, minutes: int, is_late: bool
) -> None:
    superuser = system.service("sla").settings.database_url("sla").replace("//sla@", "//postgres@")
    country = Country(system, {}, superuser, audited(system))
    up_to = system.clock.now() - timedelta(minutes=minutes)
    await country.damage(
        WATERMARKS,
        "GRANT SELECT ON sla.watermarks TO audit_sla",
        "DELETE FROM sla.watermarks",
        f"INSERT INTO sla.watermarks VALUES ('routing', 'complaints.v1', 0, '{up_to.isoformat()}', 1)",
    )
    found = await waiting_events(auditor(country).databases, system.clock.now(), RealClock().now())
    told = [(one.check, one.subject, one.detail) for one in found.violations]
    assert told == ([("unheard", "sla", "sla belum mendengar 1 penerbit.")] if is_late else [])
