"""Climbs that reached nobody: the auditor finds those that stand, and none that was taken back."""

from services.audit.checks import clocks
from services.audit.domain.violations import Findings
from tests.audit.conftest import VERIFIED, AuditorMaker, Country, CountryMaker
from tests.audit.damages import UNREACHED

TAKEN_BACK = (
    "INSERT INTO sla.withdrawals (complaint_id, clock, cycle, step, fired_at, reason, withdrawn_at)"
    " SELECT complaint_id, clock, cycle, step, fired_at, 'passed_on', fired_at FROM sla.fired"
    " WHERE complaint_id = '{id}' AND escalation > 0"
)


async def test_a_climb_that_was_taken_back_needs_to_reach_nobody_and_any_other_does(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(2)
    state = auditor(country)

    async def unreached(country: Country) -> Findings:
        return await clocks.unreached_climbs(state.databases, country.system.clock.now())

    withdrawn, standing = country.complaints[VERIFIED]
    await country.damage(UNREACHED.format(id=withdrawn), UNREACHED.format(id=standing))
    assert {str(one.complaint_id) for one in (await unreached(country)).violations} == {withdrawn, standing}
    await country.damage(TAKEN_BACK.format(id=withdrawn))
    assert {str(one.complaint_id) for one in (await unreached(country)).violations} == {standing}
    # A later round of the same step is another climb.
    await country.damage(
        f"UPDATE sla.fired SET fired_at = fired_at + interval '1 hour' WHERE complaint_id = '{withdrawn}'"
    )
    assert {str(one.complaint_id) for one in (await unreached(country)).violations} == {withdrawn, standing}
