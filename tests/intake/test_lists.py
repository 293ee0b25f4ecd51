"""Lists of complaints over HTTP: filed together by an official, all of them or none."""

from typing import Any

import httpx
import pytest

from tests.intake.citizen import Intake, complaint, counted, fields_of, file
from tests.make import ROADS
from tests.services import bearer

PATH = "/intake/complaints"


async def test_an_integration_files_many_in_order(service: Intake, client: httpx.AsyncClient) -> None:
    body = {"complaints": [complaint(title=str(n), idempotency_key=f"k{n}", channel="partner") for n in range(50)]}
    headers = bearer(service, "integration")
    first, again = [await client.post(f"{PATH}:batch", json=body, headers=headers) for _ in range(2)]
    assert first.status_code == 201
    assert first.content == again.content
    for n, filed in enumerate(first.json()):
        whole = await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": filed["pin"]})
        assert whole.json()["title"] == str(n)
    assert await counted(service, "complaints", "outbox") == [50, 50]


@pytest.mark.parametrize(
    ("position", "fields", "named"),
    [
        (3, {"text": ""}, "complaints.3.text"),
        (0, {"happened_at": "2030-01-01T00:00:00Z"}, "complaints.0.happened_at"),
        (2, {"contact": {"name": "Sri"}}, "complaints.2.contact"),
        (1, {"idempotency_key": "a b"}, "complaints.1.idempotency_key"),
    ],
)
async def test_one_bad_complaint_refuses_the_list_by_index_and_name(
    service: Intake, client: httpx.AsyncClient, position: int, fields: dict[str, Any], named: str
) -> None:
    many = [complaint() for _ in range(5)]
    many[position] = complaint(**fields)
    answer = await client.post(f"{PATH}:batch", json={"complaints": many}, headers=bearer(service, "admin"))
    assert (answer.status_code, fields_of(answer)) == (422, [named])
    assert await counted(service, "complaints", "outbox") == [0, 0]


async def test_a_reused_key_is_reported_by_its_place_in_the_list(service: Intake, client: httpx.AsyncClient) -> None:
    headers = bearer(service, "integration")
    keyed = [complaint(title=str(n), idempotency_key=f"k{n}") for n in range(5)]
    await client.post(f"{PATH}:batch", json={"complaints": keyed}, headers=headers)
    keyed[3]["title"] = "Lain"
    answer = await client.post(f"{PATH}:batch", json={"complaints": keyed}, headers=headers)
    assert (answer.status_code, fields_of(answer)) == (409, ["complaints.3.idempotency_key"])
    assert await counted(service, "complaints") == [5]


@pytest.mark.parametrize("key", ["k", ""])
async def test_one_key_for_a_whole_list_is_refused_and_nothing_is_filed(
    service: Intake, client: httpx.AsyncClient, key: str
) -> None:
    headers = {**bearer(service, "integration"), "Idempotency-Key": key}
    answer = await client.post(f"{PATH}:batch", json={"complaints": [complaint()]}, headers=headers)
    assert (answer.status_code, fields_of(answer)) == (422, ["Idempotency-Key"])
    assert "idempotency_key" in answer.json()["title"]
    assert await counted(service, "complaints") == [0]


async def test_two_callers_may_use_the_same_key(service: Intake, client: httpx.AsyncClient) -> None:
    await file(client, "k", title="Umum")
    many = {"complaints": [complaint(idempotency_key="k")]}
    answer = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "integration"))
    assert answer.status_code == 201


@pytest.mark.parametrize("count", [0, 1_001])
async def test_an_empty_or_endless_list_is_refused(service: Intake, client: httpx.AsyncClient, count: int) -> None:
    many = {"complaints": [complaint(text="x")] * count}
    answer = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "integration"))
    assert (answer.status_code, fields_of(answer)) == (422, ["complaints"])


async def test_only_integrations_and_coordinators_may_file_many(service: Intake, client: httpx.AsyncClient) -> None:
    many = {"complaints": [complaint()]}
    assert (await client.post(f"{PATH}:batch", json=many)).status_code == 401
    refused = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "liaison", ROADS))
    assert refused.status_code == 403
    assert await counted(service, "complaints") == [0]
