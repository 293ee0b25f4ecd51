"""The HTTP app: answers after the commit, counted requests, and routes for some roles only."""

from collections.abc import Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from prometheus_client import REGISTRY

from shared.runtime import ALL
from shared.service import RunningService
from tests.services import bearer, definition
from tests.shared.toy import rows


async def test_the_answer_is_sent_only_after_the_commit(
    toy_with_api: RunningService, client: httpx.AsyncClient
) -> None:
    assert (await client.post("/toy/notes/5")).status_code == 201
    assert (await client.post("/toy/notes/5")).status_code == 500  # the commit itself refuses it
    assert await rows(toy_with_api, "SELECT step FROM notes") == [(5,)]


async def test_the_same_client_is_served_again_after_an_outage(client: httpx.AsyncClient) -> None:
    assert (await client.get("/toy/cuts")).status_code == 503
    assert (await client.get("/toy/sums")).json() == 1
    assert (await client.post("/toy/notes/6")).status_code == 201


async def test_requests_are_counted_by_route_and_status_and_unknown_paths_add_no_series(
    client: httpx.AsyncClient,
) -> None:
    def counted(route: str, status: int) -> float:
        labels = {"route": route, "status": str(status)}
        return REGISTRY.get_sample_value("tanggap_request_seconds_count", labels) or 0

    before = counted("/toy/things/{number}", 200), counted("unknown", 404), counted("/toy/failures/{name}", 503)
    for n in range(5):
        await client.get(f"/toy/things/{n}")
        await client.get(f"/nowhere/{n}")
    for name in ("refused", "lost", "torn"):
        await client.get(f"/toy/failures/{name}")
    after = counted("/toy/things/{number}", 200), counted("unknown", 404), counted("/toy/failures/{name}", 503)
    assert [b - a for a, b in zip(before, after, strict=True)] == [5, 5, 3]
    series = {s.labels["route"] for m in REGISTRY.collect() if m.name == "tanggap_request_seconds" for s in m.samples}
    assert not {route for route in series if "nowhere" in route or route.endswith("/3")}


async def test_a_route_for_officials_is_open_to_its_roles_only(
    toy_with_api: RunningService, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/toy/officials", headers=bearer(toy_with_api, "admin"))).json() == "admin"
    assert (await client.get("/toy/officials", headers=bearer(toy_with_api, "leader"))).status_code == 403


def waiting_in_a_thread(dependant: Dependant) -> Iterator[Any]:
    """The calls behind a door that FastAPI hands to a thread, as they are not coroutines."""
    call: Any = dependant.call
    if not any(
        is_async(one) for is_async in (iscoroutinefunction, isasyncgenfunction) for one in (call, call.__call__)
    ):
        yield call
    for inner in dependant.dependencies:
        yield from waiting_in_a_thread(inner)


@pytest.mark.parametrize("name", ALL)
def test_no_door_costs_a_thread(name: str) -> None:
    routes = [route for router in definition(name).routers for route in router.routes if isinstance(route, APIRoute)]
    assert [(route.path, call) for route in routes for call in waiting_in_a_thread(route.dependant)] == []
