"""The public doors: clocks of a complaint, the overdue list, indicators, policies."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.clock import ManualClock
from tests.conftest import Sites
from tests.services import client_of
from tests.sla.story import (
    CITY,
    EAST,
    FILED,
    HEALTH,
    PROVINCE,
    ROADS,
    answered,
    filed,
    followed_up,
    forwarded,
    forwarded_complaint,
    hear,
    publish,
    routed,
    settle,
    utc,
    verified,
)

COMPLAINT = UUID(int=7)


def cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment, str(COMPLAINT), "follow_up", 1])).decode()


async def test_the_clocks_of_a_complaint_show_their_state_and_steps(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service, COMPLAINT)
    await settle(service, clock, utc("09-09 18:00"))
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{COMPLAINT}/clocks")
    assert answer.status_code == 200
    found = {row["name"]: row for row in answer.json()}
    assert {name: row["state"] for name, row in found.items()} == {
        "verification": "met",
        "follow_up": "overdue",
        "resolution": "running",
        "ombudsman": "running",
    }
    assert [(step["step"], step["escalation"]) for step in found["follow_up"]["steps"]] == [(1, 0), (2, 0), (3, 1)]
    assert (found["follow_up"]["agency"], found["follow_up"]["due_at"]) == (ROADS, "2025-09-09T17:00:00Z")


async def test_an_unknown_complaint_is_not_found(site_of: Sites) -> None:
    service = await site_of("sla")
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{uuid4()}/clocks")
        broken = await client.get("/sla/complaints/x/clocks")
    assert (answer.status_code, answer.json()["field"], broken.status_code) == (404, "id", 422)


async def test_a_complaint_that_is_not_yet_routed_has_no_clocks(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, filed(COMPLAINT))
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{COMPLAINT}/clocks")
    assert (answer.status_code, answer.json()) == (200, [])


async def test_the_overdue_list_is_narrowed_and_paged(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    for n in range(5):
        at, complaint = FILED + timedelta(minutes=n), UUID(int=n + 1)
        unit = (ROADS, HEALTH, EAST)[n % 3]
        city = CITY if unit != EAST else "91.71"
        known = filed(complaint, at), routed(complaint, unit, city, at), verified(complaint)
        await hear(service, *known, forwarded(complaint, unit), at=at)
    await settle(service, clock, utc("09-16 18:00"))
    async with client_of(service) as client:

        async def pages(**query: str | int) -> list[int]:
            found, after = [], None
            while True:
                extra = {"after": after} if after else {}
                page = (await client.get("/sla/overdue", params={"limit": 2, **query, **extra})).json()
                found += [UUID(item["complaint_id"]).int for item in page["items"]]
                if not (after := page["next"]):
                    return found

        assert await pages() == [3, 1, 2, 4, 5]  # Jayapura's midnight comes first
        assert await pages(agency=ROADS) == [1, 4]
        assert await pages(agency=PROVINCE) == [1, 2, 4, 5]
        assert await pages(region="91") == [3]
        assert await pages(region="35.78", agency=HEALTH) == [2, 5]
        assert await pages(agency="K1") == []
        item = (await client.get("/sla/overdue", params={"agency": ROADS})).json()["items"][0]
    assert (item["clock"], item["agency"], item["days_late"], item["step"]) == ("follow_up", ROADS, 5.0, 2)


@pytest.mark.parametrize("filing", [[filed(COMPLAINT, confidential=True)], []], ids=["known", "parked"])
async def test_a_confidential_complaint_is_in_no_public_list(
    site_of: Sites, clock: ManualClock, filing: list[Any]
) -> None:
    """Nor one of which nobody knows yet whether it is confidential."""
    service = await site_of("sla")
    await publish(service)
    await hear(service, *filing, routed(COMPLAINT), forwarded(COMPLAINT))
    await settle(service, clock, utc("12-31 00:00"))
    async with client_of(service) as client:
        assert (await client.get("/sla/overdue")).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/sla/overdue?after=nonsense", 422, "after"),
        ("/sla/overdue?after=WzEsMiwzLDRd", 422, "after"),
        ("/sla/overdue?after=%F0%9F%98%80", 422, "after"),
        (f"/sla/overdue?after={cursor('0001-01-01T00:00+23:59')}", 422, "after"),
        (f"/sla/overdue?after={cursor('9999-12-31T23:59-23:59')}", 422, "after"),
        ("/sla/overdue?agency=GONE", 404, "agency"),
        ("/sla/indicators?agency=GONE", 404, "agency"),
        ("/sla/indicators?from=2025-02-01&to=2025-01-01", 422, "to"),
    ],
)
async def test_a_question_that_makes_no_sense_names_the_field(
    site_of: Sites, path: str, status: int, field: str
) -> None:
    service = await site_of("sla")
    async with client_of(service) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


@pytest.mark.parametrize(
    "path",
    [
        "/sla/overdue?limit=0",
        "/sla/overdue?limit=x",
        "/sla/overdue?agency=%00",
        "/sla/overdue?region=a'b",
        "/sla/indicators?from=0001-01-01",
        "/sla/indicators?to=9999-12-31",
        "/sla/indicators?from=gestern",
    ],
)
async def test_a_question_out_of_bounds_is_refused(site_of: Sites, path: str) -> None:
    service = await site_of("sla")
    async with client_of(service) as client:
        assert (await client.get(path)).status_code in (400, 422)


async def test_the_indicators_count_a_period_of_an_agency_and_those_below(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    one, two, three, four, earlier = (UUID(int=n) for n in range(1, 6))
    await hear(service, routed(earlier, at=utc("08-29 02:00")), at=utc("08-29 02:00"))
    await hear(service, *(routed(complaint) for complaint in (one, two, three)), routed(four, EAST, "91.71"))
    day = timedelta(days=1)
    await hear(service, *map(verified, (one, two, three)), at=FILED + day)
    await hear(service, forwarded(one), forwarded(two), forwarded(three, HEALTH), at=FILED + day)
    await hear(service, followed_up(one), at=FILED + 2 * day)
    await hear(service, answered(two), at=FILED + 3 * day)
    await settle(service, clock, utc("09-11 02:00"))
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
        "received": 3,
        "verified": 3,
        "followed_up": 2,
        "answered": 1,
        "overdue": 1,
        "mean_verification_days": 1.0,
        "mean_follow_up_days": 1.5,
        "mean_follow_up_days_with_unanswered": 3.0,  # (1 + 2 + 6) / 3: from the 2nd to the 11th, less a holiday
        "escalations": {"1": 1, "2": 0, "3": 0},
        "ombudsman_offers": 0,
    }
    assert (health["received"], health["mean_follow_up_days"]) == (1, None)
    assert health["mean_follow_up_days_with_unanswered"] == 6.0
    assert everywhere["received"] == 4
    assert (nobody["received"], nobody["mean_verification_days"], nobody["overdue"]) == (0, None, 0)


async def test_escalations_and_offers_are_counted(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    await settle(service, clock, utc("12-01 00:00"))
    async with client_of(service) as client:
        found = (await client.get("/sla/indicators")).json()
    assert (found["escalations"], found["ombudsman_offers"]) == ({"1": 2, "2": 2, "3": 2}, 1)
    assert (found["first"], found["last"]) == ("2025-01-01", "2025-12-01")


async def test_the_policies_are_public_with_their_source(site_of: Sites) -> None:
    service = await site_of("sla")
    async with client_of(service) as client:
        policy = (await client.get("/sla/policies")).json()[0]
    assert (policy["version"], policy["source"], policy["climbs"]) == (1, "PermenPANRB 62/2018", [0, 5, 10])
    assert {(limit["clock"], limit["days"]) for limit in policy["limits"]} >= {("verification", 3), ("follow_up", 5)}
