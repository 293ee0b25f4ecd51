"""The public list of overdue clocks: its order, its pages, and who is not in it."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.clock import ManualClock
from shared.telemetry import unusable_values
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, EAST_CITY, HEALTH, PROVINCE, ROADS, forwarded, utc, verified
from tests.services import client_of
from tests.sla.cases import COMPLAINT, FILED, filed, hear, ignored_complaint, publish, routed, sweep


def cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment, str(COMPLAINT), "follow_up", 1])).decode()


async def test_the_overdue_list_has_filters_and_pages(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    for n in range(5):
        at, complaint = FILED + timedelta(minutes=n), UUID(int=n + 1)
        unit = (ROADS, HEALTH, EAST)[n % 3]
        city = CITY if unit != EAST else EAST_CITY
        known = filed(complaint, at), routed(complaint, unit, city, at), verified(complaint)
        await hear(service, *known, forwarded(complaint, unit), at=at)
    await sweep(service, clock, utc("09-16 18:00"))
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


@pytest.mark.parametrize("moment", ["1900-01-02Z", "2014-12-31Z"])
async def test_a_limit_outside_the_calendar_hides_no_other(
    make_service: ServiceMaker, clock: ManualClock, moment: str
) -> None:
    service = await make_service("sla")
    await publish(service)
    bad, good = await ignored_complaint(service), await ignored_complaint(service)
    async with service.begin() as tx:
        damage = f"UPDATE clocks SET due_at = '{moment}' WHERE complaint_id = :id AND name = 'follow_up'"
        await tx.execute(damage, {"id": bad})
    clock.advance_to(utc("09-16 18:00"))
    counted = unusable_values.labels("sla", "limit")
    before = counted._value.get()
    async with client_of(service) as client:
        items = (await client.get("/sla/overdue")).json()["items"]
        board = await client.get("/sla/")
    assert [(item["complaint_id"], item["days_late"]) for item in items] == [(str(bad), None), (str(good), 5.0)]
    assert counted._value.get() == before + 2
    assert board.status_code == 200
    assert "tidak diketahui" in board.text


@pytest.mark.parametrize("cycle", [-1, -(2**15), 2**15 - 1])
async def test_the_list_goes_on_behind_every_row(make_service: ServiceMaker, clock: ManualClock, cycle: int) -> None:
    service = await make_service("sla")
    await publish(service)
    bad, good = await ignored_complaint(service, UUID(int=1)), await ignored_complaint(service, UUID(int=2))
    async with service.begin() as tx:
        damage = "UPDATE clocks SET cycle = :cycle WHERE complaint_id = :id AND name = 'follow_up'"
        await tx.execute(damage, {"id": bad, "cycle": cycle})
    clock.advance_to(utc("09-16 18:00"))
    async with client_of(service) as client:
        first = (await client.get("/sla/overdue?limit=1")).json()
        second = (await client.get(f"/sla/overdue?after={first['next']}")).json()
    assert [item["complaint_id"] for item in first["items"] + second["items"]] == [str(bad), str(good)]


@pytest.mark.parametrize("filing", [[filed(COMPLAINT, confidential=True)], []], ids=["known", "parked"])
async def test_a_confidential_complaint_is_not_listed(
    make_service: ServiceMaker, clock: ManualClock, filing: list[Any]
) -> None:
    """Before its filing is known, a complaint counts as confidential."""
    service = await make_service("sla")
    await publish(service)
    await hear(service, *filing, routed(COMPLAINT), forwarded(COMPLAINT))
    await sweep(service, clock, utc("12-31 00:00"))
    async with client_of(service) as client:
        assert (await client.get("/sla/overdue")).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=nonsense", "after"),
        ("after=WzEsMiwzLDRd", "after"),
        ("after=%F0%9F%98%80", "after"),
        (f"after={cursor('0001-01-01T00:00+23:59')}", "after"),
        (f"after={cursor('9999-12-31T23:59-23:59')}", "after"),
        ("agency=GONE", "agency"),
    ],
)
async def test_an_impossible_query_names_its_field(make_service: ServiceMaker, query: str, field: str) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        answer = await client.get(f"/sla/overdue?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "agency=%00", "region=a'b"])
async def test_a_query_out_of_bounds_is_refused(make_service: ServiceMaker, query: str) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        assert (await client.get(f"/sla/overdue?{query}")).status_code in (400, 422)
