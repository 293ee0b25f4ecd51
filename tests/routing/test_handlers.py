"""A filed complaint finds its holder; what time does to it is seen on its case."""

import uuid
from datetime import timedelta
from uuid import UUID

import pytest

from services.routing.actions import office_of
from shared.events import ComplaintEscalated, ComplaintRouted, DeadlineMissed, OmbudsmanOffered
from shared.service import Site
from shared.vault import Vault
from tests.conftest import Sites
from tests.house import MONDAY, client_of, staged
from tests.routing.stories import CITY, SECRET, UNIT, empty_outbox, filed, hear, post, rows, told, verified


@pytest.fixture
async def site(site_of: Sites) -> Site:
    site = await site_of("routing")
    await empty_outbox(site)
    return site


def missed(id: str, clock: str) -> DeadlineMissed:
    return DeadlineMissed.model_validate(
        {"complaint_id": id, "clock": clock, "cycle": 1, "agency": UNIT, "due_at": MONDAY}
    )


def escalated(id: str, step: int) -> ComplaintEscalated:
    return ComplaintEscalated(
        complaint_id=UUID(id), clock="follow_up", cycle=1, step=step, agency=UNIT, due_at=MONDAY, recipients=()
    )


async def test_what_a_confidential_complaint_is_about_is_in_no_event(site: Site) -> None:
    await hear(site, filed(site, confidential=True), filed(site))
    hidden, shown = [fact for fact in await staged(site) if isinstance(fact, ComplaintRouted)]
    assert (hidden.explanation, hidden.rule) == ("", "field")
    assert "berlubang" in shown.explanation


async def test_a_filed_complaint_is_assigned_to_the_unit_of_its_field_and_verified_by_its_city(site: Site) -> None:
    fact = filed(site)
    await hear(site, fact)
    [routed] = await staged(site)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.complaint_id, routed.agency.code, routed.verifier.code) == (fact.complaint_id, UNIT, CITY)
    assert (routed.rule, routed.agency.zone, routed.filed_at) == ("field", "Asia/Jakarta", MONDAY)
    [case] = await rows(site, "SELECT * FROM cases")
    assert (case.state, case.holder, case.verifier, case.sealed) == ("UNVERIFIED", UNIT, CITY, fact.sealed)


@pytest.mark.parametrize(
    ("changes", "agency", "verifier", "rule"),
    [
        ({"agency": "K9"}, "K9", "K9", "named"),
        ({"agency": "NOPE"}, UNIT, CITY, "field"),
        ({"region": "99.99"}, "NAS", "NAS", "national"),
        ({"region": None}, "NAS", "NAS", "national"),
    ],
)
async def test_an_unknown_region_or_agency_is_no_error(
    site: Site, changes: dict[str, str | None], agency: str, verifier: str, rule: str
) -> None:
    await hear(site, filed(site, **changes))
    [routed] = await staged(site)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.agency.code, routed.verifier.code, routed.rule) == (agency, verifier, rule)
    assert routed.explanation


async def test_the_same_complaint_filed_twice_has_one_case_and_is_told_once(site: Site) -> None:
    fact = filed(site)
    await hear(site, fact, fact)
    await hear(site, fact)
    assert len(await staged(site)) == len(await rows(site, "SELECT 1 FROM cases")) == 1
    assert not await rows(site, "SELECT 1 FROM parked")


async def test_no_complaints_do_nothing(site: Site) -> None:
    await hear(site)
    assert not await staged(site)


async def test_a_narrative_sealed_for_another_is_parked_and_the_others_go_on(site: Site) -> None:
    id = uuid.uuid4()
    strange = Vault(b"x" * 32).seal("{}", str(id))
    good, bad = filed(site), filed(site, id, sealed=strange)
    moved = filed(site, sealed=good.sealed)
    await hear(site, bad, good, moved)
    assert [case.id for case in await rows(site, "SELECT id FROM cases")] == [good.complaint_id]
    parked = await rows(site, "SELECT key, error FROM parked ORDER BY seq")
    assert [row.key for row in parked] == [str(id), str(moved.complaint_id)]
    assert all("Unopenable" in row.error for row in parked)


async def test_nothing_of_the_narrative_leaves_in_clear(site: Site) -> None:
    async with client_of(site) as client:
        id = await told(site)
        await verified(client, site, id)
        for act in ("follow-ups", "answers"):
            await post(client, site, id, act, "liaison", UNIT, text="Sudah kami tambal Kamis lalu")
    values = "".join(row.value for row in await rows(site, "SELECT value FROM outbox"))
    for words in (SECRET, "Jalan rusak", "Jalan Contoh", "tambal"):
        assert words not in values
    kept = str(await rows(site, "SELECT * FROM cases")) + str(await rows(site, "SELECT * FROM acts"))
    assert SECRET not in kept and "tambal" not in kept


async def test_a_missed_limit_makes_the_case_overdue_until_the_act_is_done(site: Site) -> None:
    state = "SELECT step_missed, resolution_missed FROM cases"
    id = await told(site)
    await hear(site, missed(id, "verification"))
    assert await rows(site, state) == [(True, False)]
    async with client_of(site) as client:
        await verified(client, site, id)
        assert await rows(site, state) == [(False, False)]
        await hear(site, missed(id, "follow_up"), missed(id, "resolution"))
        assert await rows(site, state) == [(True, True)]
        await post(client, site, id, "follow-ups", "liaison", UNIT, text="Ditinjau")
        assert await rows(site, state) == [(False, True)]
        await post(client, site, id, "answers", "liaison", UNIT, text="Selesai")
        assert await rows(site, state) == [(False, False)]


async def test_a_limit_missed_by_an_act_done_meanwhile_changes_nothing(site: Site) -> None:
    id = await told(site)
    async with client_of(site) as client:
        await verified(client, site, id)
    await hear(site, missed(id, "verification"), missed(id, "ombudsman"))
    assert await rows(site, "SELECT step_missed, resolution_missed FROM cases") == [(False, False)]


async def test_a_case_shows_the_highest_step_and_the_ombudsman(site: Site) -> None:
    first, second = await told(site), await told(site)
    offered = OmbudsmanOffered(complaint_id=UUID(second), filed_at=MONDAY - timedelta(days=60), agency=UNIT)
    await hear(site, escalated(first, 2), escalated(first, 1), escalated(second, 4), offered)
    await hear(site, offered, escalated(str(uuid.uuid4()), 3))
    shown = {str(row.id): row for row in await rows(site, "SELECT id, ladder_step, ombudsman_offered FROM cases")}
    assert (shown[first].ladder_step, shown[first].ombudsman_offered) == (2, False)
    assert (shown[second].ladder_step, shown[second].ombudsman_offered) == (4, True)
    assert not await rows(site, "SELECT 1 FROM parked")


async def test_a_wave_is_one_insert_whatever_its_size(site: Site) -> None:
    await hear(site, *(filed(site) for _ in range(300)))
    assert len(await staged(site)) == 300
    assert office_of(site).agency(UNIT).parent == CITY
