"""A filed complaint finds its holder; what time does to it is seen on its case."""

import uuid
from datetime import timedelta
from uuid import UUID

import pytest

from shared.events import ComplaintEscalated, ComplaintRouted, DeadlineMissed, OmbudsmanOffered
from shared.service import RunningService
from shared.vault import Vault
from tests.conftest import Sites
from tests.house import MONDAY, client_of, staged
from tests.routing.stories import CITY, SECRET, UNIT, empty_outbox, filed, hear, post, rows, told, verified


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    service = await site_of("routing")
    await empty_outbox(service)
    return service


def missed(id: str, clock: str) -> DeadlineMissed:
    return DeadlineMissed.model_validate(
        {"complaint_id": id, "clock": clock, "cycle": 1, "agency": UNIT, "due_at": MONDAY}
    )


def escalated(id: str, step: int) -> ComplaintEscalated:
    return ComplaintEscalated(
        complaint_id=UUID(id), clock="follow_up", cycle=1, step=step, agency=UNIT, due_at=MONDAY, recipients=()
    )


async def test_what_a_confidential_complaint_is_about_is_in_no_event(service: RunningService) -> None:
    await hear(service, filed(service, confidential=True), filed(service))
    hidden, shown = [fact for fact in await staged(service) if isinstance(fact, ComplaintRouted)]
    assert (hidden.explanation, hidden.rule) == ("", "field")
    assert "berlubang" in shown.explanation


async def test_a_filed_complaint_is_assigned_to_the_unit_of_its_field_and_verified_by_its_city(
    service: RunningService,
) -> None:
    fact = filed(service)
    await hear(service, fact)
    [routed] = await staged(service)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.complaint_id, routed.agency.code, routed.verifier.code) == (fact.complaint_id, UNIT, CITY)
    assert (routed.rule, routed.agency.zone, routed.filed_at) == ("field", "Asia/Jakarta", MONDAY)
    [case] = await rows(service, "SELECT * FROM cases")
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
    service: RunningService, changes: dict[str, str | None], agency: str, verifier: str, rule: str
) -> None:
    await hear(service, filed(service, **changes))
    [routed] = await staged(service)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.agency.code, routed.verifier.code, routed.rule) == (agency, verifier, rule)
    assert routed.explanation


async def test_the_same_complaint_filed_twice_has_one_case_and_is_told_once(service: RunningService) -> None:
    fact = filed(service)
    await hear(service, fact, fact)
    await hear(service, fact)
    assert len(await staged(service)) == len(await rows(service, "SELECT 1 FROM cases")) == 1
    assert not await rows(service, "SELECT 1 FROM parked")


async def test_no_complaints_do_nothing(service: RunningService) -> None:
    await hear(service)
    assert not await staged(service)


async def test_a_narrative_sealed_for_another_is_parked_and_the_others_go_on(service: RunningService) -> None:
    id = uuid.uuid4()
    strange = Vault(b"x" * 32).seal("{}", str(id))
    good, bad = filed(service), filed(service, id, sealed=strange)
    moved = filed(service, sealed=good.sealed)
    await hear(service, bad, good, moved)
    assert [case.id for case in await rows(service, "SELECT id FROM cases")] == [good.complaint_id]
    parked = await rows(service, "SELECT key, error FROM parked ORDER BY seq")
    assert [row.key for row in parked] == [str(id), str(moved.complaint_id)]
    assert all("Unopenable" in row.error for row in parked)


async def test_nothing_of_the_narrative_leaves_in_clear(service: RunningService) -> None:
    async with client_of(service) as client:
        id = await told(service)
        await verified(client, service, id)
        for act in ("follow-ups", "answers"):
            await post(client, service, id, act, "liaison", UNIT, text="Sudah kami tambal Kamis lalu")
    values = "".join(row.value for row in await rows(service, "SELECT value FROM outbox"))
    for words in (SECRET, "Jalan rusak", "Jalan Contoh", "tambal"):
        assert words not in values
    kept = str(await rows(service, "SELECT * FROM cases")) + str(await rows(service, "SELECT * FROM acts"))
    assert SECRET not in kept and "tambal" not in kept


async def test_a_missed_limit_makes_the_case_overdue_until_the_act_is_done(service: RunningService) -> None:
    state = "SELECT step_missed, resolution_missed FROM cases"
    id = await told(service)
    await hear(service, missed(id, "verification"))
    assert await rows(service, state) == [(True, False)]
    async with client_of(service) as client:
        await verified(client, service, id)
        assert await rows(service, state) == [(False, False)]
        await hear(service, missed(id, "follow_up"), missed(id, "resolution"))
        assert await rows(service, state) == [(True, True)]
        await post(client, service, id, "follow-ups", "liaison", UNIT, text="Ditinjau")
        assert await rows(service, state) == [(False, True)]
        await post(client, service, id, "answers", "liaison", UNIT, text="Selesai")
        assert await rows(service, state) == [(False, False)]


async def test_a_limit_missed_by_an_act_done_meanwhile_changes_nothing(service: RunningService) -> None:
    id = await told(service)
    async with client_of(service) as client:
        await verified(client, service, id)
    await hear(service, missed(id, "verification"), missed(id, "ombudsman"))
    assert await rows(service, "SELECT step_missed, resolution_missed FROM cases") == [(False, False)]


async def test_a_case_shows_the_highest_step_and_the_ombudsman(service: RunningService) -> None:
    first, second = await told(service), await told(service)
    offered = OmbudsmanOffered(complaint_id=UUID(second), filed_at=MONDAY - timedelta(days=60), agency=UNIT)
    await hear(service, escalated(first, 2), escalated(first, 1), escalated(second, 4), offered)
    await hear(service, offered, escalated(str(uuid.uuid4()), 3))
    shown = {str(row.id): row for row in await rows(service, "SELECT id, ladder_step, ombudsman_offered FROM cases")}
    assert (shown[first].ladder_step, shown[first].ombudsman_offered) == (2, False)
    assert (shown[second].ladder_step, shown[second].ombudsman_offered) == (4, True)
    assert not await rows(service, "SELECT 1 FROM parked")


async def test_a_wave_is_one_insert_whatever_its_size(service: RunningService) -> None:
    await hear(service, *(filed(service) for _ in range(300)))
    assert len(await staged(service)) == 300
    assert service.state.agency(UNIT).parent == CITY
