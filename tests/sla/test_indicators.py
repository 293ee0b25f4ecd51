"""The indicators of a period: counts and means, for an agency and those below it."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.clock import ManualClock
from shared.service import RunningService
from shared.telemetry import unusable_values
from tests.conftest import ServiceMaker
from tests.make import (
    CITY,
    EAST,
    EAST_CITY,
    HEALTH,
    answered,
    appealed,
    archived,
    contested,
    decided,
    followed_up,
    forwarded,
    handed_over,
    judged,
    merged,
    referred,
    reopened,
    taken_back,
    upheld,
    utc,
    verified,
)
from tests.services import client_of
from tests.sla.cases import FILED, hear, ignored_complaint, publish, routed, sweep


async def test_the_indicators_cover_an_agency_and_those_below_it(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    one, two, three, four, earlier = (UUID(int=n) for n in range(1, 6))
    await hear(service, routed(earlier, at=utc("08-29 02:00")), at=utc("08-29 02:00"))
    await hear(service, *(routed(complaint) for complaint in (one, two, three)), routed(four, EAST, EAST_CITY))
    day = timedelta(days=1)
    await hear(service, *map(verified, (one, two, three)), at=FILED + day)
    await hear(service, forwarded(one), forwarded(two), forwarded(three, HEALTH), at=FILED + day)
    await hear(service, followed_up(one), at=FILED + 2 * day)
    await hear(service, answered(two), at=FILED + 3 * day)
    # What is archived or withdrawn within its limits is received, and in no ratio.
    old, gone = UUID(int=6), UUID(int=7)
    await hear(service, *map(routed, (old, gone)), forwarded(old), at=FILED)
    await hear(service, archived(old), taken_back(gone), at=FILED + day)
    await sweep(service, clock, utc("09-11 02:00"))
    september = {"from": "2025-09-01", "to": "2025-09-30"}
    async with client_of(service) as client:

        async def of(agency: str) -> dict[str, object]:
            found: dict[str, object] = (
                await client.get("/sla/indicators", params={"agency": agency, **september})
            ).json()
            return found

        city, health, everywhere = await of(CITY), await of(HEALTH), await of("NAS")
        nobody = await of("K1")
    assert city == {
        "agency": CITY,
        "first": "2025-09-01",
        "last": "2025-09-30",
        "received": 5,
        "verified": 3,
        "followed_up": 2,
        "answered": 1,
        "overdue": 1,
        "mean_verification_days": 1.0,
        "mean_follow_up_days": 1.5,
        "mean_follow_up_days_with_unanswered": 3.0,  # (1 + 2 + 6) / 3: from the 2nd to the 11th, less a holiday
        "escalations": {"1": 1, "2": 0, "3": 0},
        "ombudsman_offers": 0,
        "appeals": 0,
        "appeals_upheld": 0,
        "appeals_dismissed": 0,
        "appeals_overdue": 0,
        "contests": 0,
        "contests_upheld": 0,
        "contests_dismissed": 0,
        "contests_overdue": 0,
        "referrals": 0,
        "referrals_handed_over": 0,
        "referrals_overdue": 0,
    }
    assert (health["received"], health["mean_follow_up_days"]) == (1, None)
    assert health["mean_follow_up_days_with_unanswered"] == 6.0
    assert everywhere["received"] == 6
    assert (nobody["received"], nobody["mean_verification_days"], nobody["overdue"]) == (0, None, 0)


async def test_escalations_and_offers_are_counted(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, utc("12-01 00:00"))
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators")).json()
    assert (found["escalations"], found["ombudsman_offers"]) == ({"1": 2, "2": 2, "3": 2}, 1)
    assert (found["first"], found["last"]) == ("2025-01-01", "2025-12-01")


async def test_nobody_is_late_by_the_limit_of_a_merger(make_service: ServiceMaker, clock: ManualClock) -> None:
    service, day = await make_service("sla"), timedelta(days=1)
    await publish(service)
    await hear(service, routed(UUID(int=2)), verified(UUID(int=2)), forwarded(UUID(int=2)))
    await hear(service, merged(UUID(int=2)), at=FILED + day)
    clock.advance_to(FILED + 91 * day + timedelta(hours=1))
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators", params={"from": "2025-09-01", "to": "2025-09-30"})).json()
    assert (found["received"], found["overdue"]) == (1, 0)


async def test_appeals_are_counted_by_what_became_of_them(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    won, lost, late, young, never = (UUID(int=n) for n in range(1, 6))
    day = timedelta(days=1)
    everyone = (won, lost, late, young, never)
    for moment, facts in enumerate((map(routed, everyone), map(forwarded, everyone), map(answered, everyone))):
        await hear(service, *facts, at=FILED + moment * day)
    # A dispute before the appeal is none of its decisions.
    for moment, facts in enumerate(([reopened(lost)], [answered(lost, window=2)], map(appealed, (won, lost, late))), 3):
        await hear(service, *facts, at=FILED + moment * day)
    await hear(service, upheld(won), decided(lost), at=FILED + 6 * day)
    await hear(service, decided(lost, again=True), at=FILED + 6 * day)
    await hear(service, appealed(young), at=FILED + 39 * day)
    clock.advance_to(FILED + 40 * day)
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators?from=2025-09-01&to=2025-09-30")).json()
        board = (await client.get("/sla/")).text
    counts = {name: found[name] for name in ("appeals", "appeals_upheld", "appeals_dismissed", "appeals_overdue")}
    assert counts == {"appeals": 4, "appeals_upheld": 1, "appeals_dismissed": 1, "appeals_overdue": 1}
    assert "Banding yang belum diputus setelah batasnya" in board


async def test_contests_are_counted_by_what_became_of_them(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    won, lost, answered_first, late, young = everyone = tuple(UUID(int=n) for n in range(1, 6))
    day, said = timedelta(days=1), {"followed_up_at": FILED + timedelta(days=2)}
    for moment, facts in enumerate((map(routed, everyone), map(forwarded, everyone), map(followed_up, everyone))):
        await hear(service, *facts, at=FILED + moment * day)
    contests = [contested(one, **said) for one in (won, lost, answered_first, late)]
    await hear(service, *contests, at=FILED + 3 * day)
    confirmed = judged(lost, upheld=False, awaits=False, **said)
    for again in ({}, {"again": True}):
        told = [fact.model_copy(update=again) for fact in (judged(won, **said), confirmed, answered(answered_first))]
        await hear(service, *told, at=FILED + 4 * day)
    # The follow-up that came after the judgement may be contested as well.
    await hear(service, followed_up(won), at=FILED + 5 * day)
    await hear(service, contested(won, number=2, followed_up_at=FILED + 5 * day), at=FILED + 7 * day)
    await hear(service, judged(won, number=2, followed_up_at=FILED + 5 * day), at=FILED + 8 * day)
    await hear(service, contested(young, **said), at=FILED + 9 * day)
    clock.advance_to(FILED + 10 * day)
    assert await counted(service, "contests") == {
        "contests": 6,
        "contests_upheld": 2,
        "contests_dismissed": 1,
        "contests_overdue": 1,
    }


async def test_referrals_are_counted_once_for_each_complaint(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    done, late, again, _ = everyone = tuple(UUID(int=n) for n in range(1, 5))
    day = timedelta(days=1)
    await hear(service, *map(routed, everyone), *map(forwarded, everyone))
    await hear(service, *map(referred, (done, late, again)), at=FILED + 61 * day)
    await hear(service, handed_over(done), answered(again), at=FILED + 62 * day)
    await hear(service, reopened(again), at=FILED + 63 * day)
    await hear(service, referred(again, number=2), at=FILED + 80 * day)
    clock.advance_to(FILED + 81 * day)
    assert await counted(service, "referrals") == {
        "referrals": 3,
        "referrals_handed_over": 1,
        "referrals_overdue": 1,
    }


async def counted(service: RunningService, what: str) -> dict[str, object]:
    """The figures about this, which the board shows as well."""
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators?from=2025-09-01&to=2025-09-30")).json()
        board = (await client.get("/sla/")).text
    assert "Keberatan yang belum diputus" in board and "Diteruskan kepada Ombudsman" in board
    return {name: value for name, value in found.items() if name.startswith(what)}


@pytest.mark.parametrize("moment", ["1900-01-02Z", "2014-12-31Z", "8999-01-01Z"])
async def test_a_start_outside_the_calendar_leaves_the_other_figures(
    make_service: ServiceMaker, clock: ManualClock, moment: str
) -> None:
    service = await make_service("sla")
    await publish(service)
    bad = await ignored_complaint(service)
    await ignored_complaint(service)
    async with service.begin() as tx:
        damage = f"UPDATE clocks SET started_at = '{moment}' WHERE complaint_id = :id AND name = 'follow_up'"
        await tx.execute(damage, {"id": bad})
    clock.advance_to(utc("09-11 02:00"))
    counted = unusable_values.labels("sla", "start")
    before = counted._value.get()
    async with client_of(service) as client:
        answer = await client.get("/sla/indicators")
        board = await client.get("/sla/")
    found = answer.json()
    assert (found["received"], found["mean_follow_up_days_with_unanswered"]) == (2, 7.0)
    assert (answer.status_code, board.status_code) == (200, 200)
    assert counted._value.get() == before + 2


@pytest.mark.parametrize("worked", ["NaN", "infinity"])
async def test_a_length_that_is_no_number_leaves_the_mean(make_service: ServiceMaker, worked: str) -> None:
    service = await make_service("sla")
    one, two = UUID(int=1), UUID(int=2)
    await publish(service)
    await hear(service, routed(one), routed(two))
    await hear(service, verified(one), verified(two), at=FILED + timedelta(days=1))
    async with service.begin() as tx:
        damage = f"UPDATE clocks SET worked_days = '{worked}' WHERE complaint_id = :id AND stopped_at IS NOT NULL"
        await tx.execute(damage, {"id": one})
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators?from=2025-09-01&to=2025-09-30")).json()
    assert found["mean_verification_days"] == 1.0


@pytest.mark.parametrize(("query", "field"), [("agency=GONE", "agency"), ("from=2025-02-01&to=2025-01-01", "to")])
async def test_an_impossible_query_names_its_field(make_service: ServiceMaker, query: str, field: str) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        answer = await client.get(f"/sla/indicators?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "from=gestern"])
async def test_a_query_out_of_bounds_is_refused(make_service: ServiceMaker, query: str) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        assert (await client.get(f"/sla/indicators?{query}")).status_code in (400, 422)
