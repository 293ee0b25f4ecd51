"""The auditor finds nothing on sound databases, and everything that was damaged behind the back of the services."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from services.audit.actions import audits
from services.audit.actions.repairs import owed_by, say_again
from services.audit.checks import digests
from services.audit.databases import SERVICES
from services.audit.state import State
from shared.runtime import connect
from tests.audit.conftest import (
    APPEALED,
    ASSISTED,
    CONTESTED,
    DIVIDED,
    ELSEWHERE,
    FOLLOWED_UP,
    FORWARDED,
    ORDERED,
    REFERRED,
    VERIFIED,
    AuditorMaker,
    Country,
    CountryMaker,
    _complaint,
    _reach_everyone,
    audit,
    audited,
    told,
)
from tests.audit.damages import DAMAGES, LATER_DAMAGES, LAW_SET_ASIDE, OF_SERVICES, Damage
from tests.journey.system import System
from tests.make import CITY, ROADS
from tests.services import bearer, client_of, definition

EACH = 15
HEARD_AGAIN = "UPDATE sla.watermarks SET up_to = (SELECT min(up_to) FROM sla.watermarks)"


async def test_nothing_is_wrong_where_the_services_did_everything(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(3)
    assert await audit(auditor(country)) == []


async def test_every_damage_is_found_and_its_owner_mends_what_it_can(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(EACH)
    state = auditor(country)
    assert await audit(state) == []
    damaged = await _damaged(country)
    found = told(await audit(state))
    missing = [damage.name for damage, id in damaged.items() if (damage.check, id) not in found]
    assert missing == []
    assert OF_SERVICES.keys() <= found
    # Only what was damaged is wrong.
    assert {subject for _, subject in found} == {*damaged.values(), *(service for _, service in OF_SERVICES)}

    await country.damage("DELETE FROM routing.outbox", "DELETE FROM notify.parked", HEARD_AGAIN)
    await _repair(country, state)
    left = told(await audit(state))
    unmended = {(damage.check, id) for damage, id in damaged.items() if not damage.mended}
    assert unmended <= left
    # What is left belongs to what nobody can mend by saying it again.
    unmendable = {id for _, id in unmended}
    names = {id: damage.name for damage, id in damaged.items()}
    assert [(check, names.get(subject)) for check, subject in left if subject not in unmendable] == []


async def test_damages_to_splits_appeals_contributions_contests_and_orders_are_found_and_mended(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(5, (DIVIDED, APPEALED, ASSISTED, REFERRED, CONTESTED, ORDERED))
    state = auditor(country)
    assert await audit(state) == []
    damaged = await _damaged(country, LATER_DAMAGES)
    found = told(await audit(state))
    assert [damage.name for damage, id in damaged.items() if (damage.check, id) not in found] == []
    await country.damage("DELETE FROM routing.outbox", "DELETE FROM notify.parked", HEARD_AGAIN)
    await _repair(country, state)
    left = told(await audit(state))
    assert {damage.name for damage, id in damaged.items() if (damage.check, id) in left} == {
        damage.name for damage in damaged if not damage.mended
    }


async def test_the_digests_lead_to_what_differs_twice_in_a_row(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(3)
    state = auditor(country)
    holder, status = country.complaints[VERIFIED][0], country.complaints[FOLLOWED_UP][1]
    assert await _by_digest(state) == (set(), 18)
    await country.damage(
        f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{holder}' AND name = 'life'",
        f"UPDATE intake.standings SET state = 'x' WHERE complaint_id = '{status}'",
    )
    assert await _by_digest(state) == (set(), 18)
    assert await _by_digest(state) == ({UUID(holder), UUID(status)}, 18)


async def test_a_complaint_of_the_last_minutes_is_left_out(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    country = await make_country(1)
    state = auditor(country)
    filed = await country.system.file(email=None)
    assert await audit(state) == []
    assert [await _by_digest(state) for _ in range(2)] == [(set(), 6), (set(), 6)]
    await country.system.settle()
    assert await _by_digest(state) == (set(), 6)
    assert (await country.system.case(filed))["state"] == "UNVERIFIED"


async def test_a_note_keeps_no_case_out_of_the_audit(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    country = await make_country(1)
    [id] = country.complaints[VERIFIED]
    await country.damage(f"UPDATE intake.standings SET state = 'ANSWERED' WHERE complaint_id = '{id}'")
    note = {"text": "Menunggu suku cadang"}
    await country.system.request("POST", f"/routing/complaints/{id}/notes", "liaison", ROADS, json=note)
    assert id in {subject for _, subject in told(await audit(auditor(country)))}


async def test_a_pass_goes_slice_by_slice_and_then_rests(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    country = await make_country(2)
    state = auditor(replace(country, settings=country.settings.model_copy(update={"audit_slice": 5})))
    id = country.complaints[VERIFIED][1]
    await country.damage(f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'")
    # Twelve complaints in slices of five: the third one ends the full pass, and a day later the next one begins.
    assert [await audits.audit_once(state) for _ in range(4)] == [1, 1, 0, 0]
    assert told([one.violation for one in state.ledger.open.values()]) == {("holder_differs", id)}
    completed = state.way.completed_at
    assert completed == country.system.clock.now()
    country.system.clock.advance_to(completed + timedelta(days=1))
    assert await audits.audit_once(state) == 1


async def test_the_auditor_is_unready_once_a_violation_has_lasted(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(1)
    state, clock = auditor(country), country.system.clock
    id = country.complaints[VERIFIED][0]
    await country.damage(f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'")
    await audit(state)
    assert audits.troubles(state, clock.now()) == []
    clock.advance_to(clock.now() + timedelta(hours=1))
    assert audits.troubles(state, clock.now()) == ["audit: holder_differs: 1 violations have lasted"]
    await country.damage(f"UPDATE sla.clocks SET agency = '{ROADS}' WHERE complaint_id = '{id}' AND name = 'life'")
    await audit(state)
    assert audits.troubles(state, clock.now()) == []


async def test_a_check_that_cannot_be_made_stops_no_other(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    country = await make_country(1)
    state, id = auditor(country), country.complaints[ELSEWHERE][0]
    due = (
        f"UPDATE sla.clocks SET due_at = due_at + interval '1 day' WHERE complaint_id = '{id}' AND name = 'resolution'"
    )
    await country.damage("REVOKE SELECT ON notify.parked FROM audit_notify", due)
    with pytest.raises(DBAPIError, match="permission denied"):
        await audit(state)
    assert told([one.violation for one in state.ledger.open.values()]) == {("due_differs", id)}
    # The pass is not complete, and is made again after an hour.
    assert state.way.completed_at is None
    await country.damage("GRANT SELECT ON notify.parked TO audit_notify")
    assert await audits.audit_once(state) == 0
    assert state.way.completed_at is None
    country.system.clock.advance_to(country.system.clock.now() + timedelta(hours=1))
    assert await audits.audit_once(state) == 0
    assert state.way.completed_at == country.system.clock.now()


@pytest.mark.parametrize("service", SERVICES)
async def test_the_auditor_can_write_nothing(system: System, auditor: AuditorMaker, service: str) -> None:
    database = auditor(Country(system, {}, "", audited(system))).databases[service]
    assert (await database.rows("SELECT count(*) FROM outbox"))[0][0] >= 0
    for statement in ("DELETE FROM outbox", "CREATE TABLE x ()", "SELECT nextval('outbox_seq_seq')"):
        with pytest.raises(DBAPIError, match=r"read-only|permission denied"):
            await database.rows(statement)
    # Its role may not either, whatever the session says.
    with pytest.raises(DBAPIError, match="permission denied"):
        await database.rows("SELECT set_config('default_transaction_read_only', 'off', false), count(*) FROM "
                            f"{'sla' if service != 'sla' else 'intake'}.outbox")  # fmt: skip


async def _by_digest(state: State) -> tuple[set[UUID], int]:
    return await digests.look_at_all(state.databases, state.looks, state.clock.now())


async def _damaged(country: Country, damages: Sequence[Damage] = DAMAGES) -> dict[Damage, str]:
    """Each damage with the complaint that it was done to."""
    unused = {kind: iter(ids) for kind, ids in country.complaints.items()}
    damaged = {damage: next(unused[damage.kind]) for damage in damages}
    done = [damage.statement.replace("{id}", id) for damage, id in damaged.items()]
    await country.damage(*LAW_SET_ASIDE, *done, *OF_SERVICES.values())
    return damaged


async def _repair(country: Country, state: State) -> None:
    for name, ids in owed_by([one.violation for one in state.ledger.open.values()]).items():
        said = await say_again(connect(definition(name), country.settings, country.system.clock), ids)
        assert said or name == "intake"  # A part was never filed.
    await country.system.settle()


async def test_clocks_of_a_published_policy_are_counted_by_it(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(1)
    system, state = country.system, auditor(country)
    today = system.clock.now().date()
    reminders = [{"percent": percent, "roles": ["liaison", "coordinator"]} for percent in (20, 50, 80)]
    policy = {
        "effective_on": str(today + timedelta(days=2)),
        "source": "Perwali",
        "agency": CITY,
        "limits": [{"clock": name, "days": 3, "unit": "working"} for name in ("follow_up", "resolution")],
        "reminders": reminders,
        "climbs": [0, 4, 9],
        "recurrence": {"working_days": 4, "calendar_days": 7},
    }
    sla = system.service("sla")
    async with client_of(sla) as client:
        answer = await client.post("/sla/policies", json=policy, headers=bearer(sla, "admin"))
    assert answer.status_code == 201, answer.text
    await system.advance_to(system.clock.now() + timedelta(days=3))
    for _ in range(2):
        await _complaint(system, FORWARDED)
    await system.settle()
    for days in (1, 9, 20):
        await system.advance_to(system.clock.now() + timedelta(days=days))
        await _reach_everyone(system)
        await system.advance_to(system.clock.now() + timedelta(minutes=11))
        assert await audit(state) == []
    wrong = "UPDATE sla.clocks SET {} WHERE policy_version = 2 AND name = 'resolution'"
    await country.damage(wrong.format("limit_days = 4, policy_version = 2"))
    assert "limit_differs" in {check for check, _ in told(await audit(state))}
