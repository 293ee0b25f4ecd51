"""The public list of the longest silences."""

from datetime import timedelta
from uuid import UUID, uuid4

from services.sla.actions.notices import pass_over_once
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, OmbudsmanOffered
from tests import make
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, answered, archived, followed_up, forwarded, taken_back, verified
from tests.services import client_of
from tests.sla.cases import COMPLAINT, FILED, announced, filed, hear, ignored, ignored_complaint, publish, routed, sweep

DAY = timedelta(days=1)


async def test_open_complaints_are_listed_longest_silence_first(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    unrouted, fresh, ended, old, gone, spoken, hidden = (uuid4() for _ in range(7))
    await hear(service, filed(unrouted, FILED - DAY), *ignored(ended), *ignored(old), *ignored(spoken))
    await hear(service, *ignored(gone))
    await hear(service, filed(hidden, confidential=True))
    await hear(service, answered(ended), archived(old), taken_back(gone), followed_up(spoken), at=FILED + 5 * DAY)
    await hear(service, filed(fresh, FILED + 40 * DAY), at=FILED + 40 * DAY)
    await sweep(service, clock, FILED + 50 * DAY)
    async with client_of(service) as client:
        found = (await client.get("/sla/silences")).json()
    items = found["items"]
    assert [UUID(item["complaint_id"]) for item in items] == [unrouted, COMPLAINT, spoken]
    assert [item["days"] for item in items] == [51, 50, 45]
    assert [item["agency"] for item in items] == ["NAS", ROADS, ROADS]
    assert (items[1]["step"], items[1]["rounds"]) == (3, 3)
    assert (found["total"], found["confidential"], found["next"]) == (3, 1, None)
    assert [item["reference"] for item in items] == [filed(id).reference for id in (unrouted, COMPLAINT, spoken)]


async def test_an_unverified_complaint_is_named_with_its_verifier_in_list_offer_and_rounds(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    """The proposed agency may not have heard of it yet."""
    service = await make_service("sla")
    await publish(service)
    await hear(service, filed(COMPLAINT), routed(COMPLAINT, ROADS, CITY))
    await sweep(service, clock, FILED + 70 * DAY)
    found = [fact for fact in await announced(service) if isinstance(fact, OmbudsmanOffered | ComplaintEscalated)]
    whole = [fact for fact in found if isinstance(fact, OmbudsmanOffered) or fact.clock == "ombudsman"]
    assert {type(fact) for fact in whole} == {OmbudsmanOffered, ComplaintEscalated}
    assert {(fact.agency, fact.unverified) for fact in whole} == {(CITY, True)}
    again = next(fact for fact in whole if isinstance(fact, ComplaintEscalated))
    assert ROADS not in [seat.agency for seat in again.recipients]
    async with client_of(service) as client:
        [item] = (await client.get("/sla/silences")).json()["items"]
        page = (await client.get("/sla/")).text
        assert (item["agency"], item["unverified"]) == (CITY, True)
        assert "<small>belum diverifikasi</small>" in page
        # From its forwarding on the agency holds it.
        await hear(service, verified(COMPLAINT), forwarded(COMPLAINT, ROADS), at=FILED + 70 * DAY)
        [item] = (await client.get("/sla/silences")).json()["items"]
        assert (item["agency"], item["unverified"]) == (ROADS, False)
    await announced(service)
    await sweep(service, clock, FILED + 78 * DAY)
    later = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert {(fact.agency, fact.unverified) for fact in later if fact.clock == "ombudsman"} == {(ROADS, False)}


async def test_a_round_for_a_verifier_who_is_not_reached_goes_up_from_the_verifier(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, filed(COMPLAINT), routed(COMPLAINT, ROADS, CITY))
    await sweep(service, clock, FILED + 68 * DAY)
    await announced(service)
    clock.advance_to(FILED + 72 * DAY)
    await make.hear_promises(service)
    while await pass_over_once(service):
        pass
    found = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert {(fact.agency, fact.unverified) for fact in found if fact.clock == "ombudsman"} <= {(CITY, True)}


async def test_the_list_goes_on_page_by_page(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    ids = [UUID(int=n) for n in range(1, 8)]
    await hear(service, *(filed(id) for id in ids))
    clock.advance_to(FILED + 30 * DAY)
    seen, after = [], None
    async with client_of(service) as client:
        while True:
            page = (
                await client.get("/sla/silences", params={"limit": 3, **({"after": after} if after else {})})
            ).json()
            seen += [UUID(item["complaint_id"]) for item in page["items"]]
            if (after := page["next"]) is None:
                break
        broken = await client.get("/sla/silences", params={"after": "!"})
    assert seen == ids
    assert broken.status_code == 422


async def test_a_million_silent_complaints_are_read_by_the_index(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    async with service.begin() as tx:
        await tx.execute(
            """WITH ids AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 50000) AS n), lives AS (
               INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit,
                                   policy_version, due_at, next_step, next_at, moved_at)
               SELECT id, 'life', 1, 'NAS', 'WIB', now(), 1, 'working', 1, now(), 1, now(), now() FROM ids)
               INSERT INTO complaints (id, filed_at, silent_since, confidential)
               SELECT id, now(), '2024-01-01Z'::timestamptz + n * interval '1 minute', n % 2 = 0 FROM ids"""
        )
    async with service.begin() as tx:
        await tx.execute("ANALYZE complaints")
        await tx.execute("ANALYZE clocks")
        plan = await tx.execute(
            "EXPLAIN SELECT silent_since, id FROM complaints WHERE answered_at IS NULL AND ended_at IS NULL"
            " AND NOT confidential AND silent_since < now() ORDER BY silent_since, id LIMIT 50"
        )
        assert "complaints_silent" in "\n".join(row[0] for row in plan)
