"""Whatever is sent to whichever door, the answer is never an error of ours but one that the OpenAPI document tells."""

import base64
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import cycle, product
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from fastapi.routing import APIRoute

from shared.http import parked
from shared.runtime import ALL
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.services import bearer, client_of

NOBODY = "00000000-0000-0000-0000-000000000000"
NEVER = ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"]
MARKERS = [f"{moment} {NOBODY}".encode() for moment in NEVER]
MARKERS += [orjson.dumps([moment, NOBODY, "follow_up", 1]) for moment in NEVER]
MARKERS += [b"", b"\xff", b"null", b"[" * 90, b'["2025-07-07T00:00:00Z","x","y",1e400]']
VALUES = ["", "x", "-1", "9" * 30, "9" * 3_000, "1e400", "nan", "..", "é\U0001f600", "\x7f", "'", "%", NOBODY, *NEVER]
VALUES += [base64.urlsafe_b64encode(marker).decode() for marker in MARKERS]
BODIES = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe\x00", b"NaN", b"[" * 50_000, b'{"a":' * 20_000]
BODIES += [b'{"text":"\\ud800"}', b'{"\\u0000":1}', b'{"text":' + b"9" * 5_000 + b"}", '{"text":"x"}'.encode("utf-16")]
BODIES += [b'{"reason":"a\\r\\nb","classification":[],"complaints":{},"text":1e999}']
TYPES = ["application/json", "text/plain", "", "multipart/form-data", "multipart/form-data; boundary=x"]
TYPES += ["application/x-www-form-urlencoded; charset=bogus", "application/json; charset=utf-16"]
LANGUAGES = ["", "*", "en;q=nan", "en-" * 300, ";,;", "\xff"]

Request = dict[str, Any]
Document = dict[str, Any]


def routes(service: RunningService) -> Iterator[tuple[APIRoute, str, str]]:
    for router in (*service.definition.routers, parked.router(service)):
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((route, method, f"/{service.name}{route.path}") for method in route.methods)


def filled(path: str, value: str) -> str:
    return re.sub(r"{\w+}", quote(value, safe=""), path)


def nonsense(route: APIRoute, method: str, path: str, bodies: Iterable[tuple[bytes, str]]) -> Iterator[Request]:
    inside = [filled(path, value) for value in VALUES] if "{" in path else [path]
    yield from ({"method": method, "url": url, "content": b"{}"} for url in inside if method != "GET")
    yield from ({"method": "GET", "url": url} for url in inside if method == "GET")
    here = filled(path, NOBODY)
    if method == "GET":
        asked = [field.alias for field in route.dependant.query_params]
        yield from ({"method": method, "url": here, "params": {n: value}} for n in asked for value in VALUES)
    else:
        yield from (
            {"method": method, "url": here, "content": body, "headers": {"Content-Type": kind}} for body, kind in bodies
        )
    yield from (
        {"method": method, "url": here, "headers": {"Accept-Language": spoken.encode("latin-1")}}
        for spoken in LANGUAGES
    )


@pytest.fixture(params=ALL)
async def service(make_service: ServiceMaker, request: pytest.FixtureRequest) -> AsyncIterator[RunningService]:
    yield await make_service(request.param)


@pytest.mark.parametrize("role", ["admin", "coordinator", None])
async def test_no_request_is_ever_an_error_of_ours(service: RunningService, role: str | None) -> None:
    caller = {**bearer(service, role, "35.78"), "Tracking-Pin": "0"} if role else {"Authorization": "Bearer x.y"}
    # A body is read in the same way whoever sends it.
    bodies = [*product(BODIES, TYPES)] if role == "coordinator" else [*zip(BODIES, cycle(TYPES), strict=False)]
    faults: list[str] = []
    async with client_of(service) as client:
        document = (await client.get("/openapi.json")).json()
        for route, method, path in routes(service):
            for each in nonsense(route, method, path, bodies):
                answer = await client.request(**{**each, "headers": {**caller, **each.get("headers", {})}})
                if not (_proper(answer) and _told(answer, document, path, method.lower())):
                    faults.append(f"{answer.status_code} {method} {answer.request.url} {each}"[:300])
    assert faults == []


def _proper(answer: httpx.Response) -> bool:
    if answer.status_code < 400 or answer.headers["content-type"].startswith("text/html"):
        return answer.status_code < 500
    return answer.status_code < 500 and answer.json()["status"] == answer.status_code


def _told(answer: httpx.Response, document: Document, path: str, method: str) -> bool:
    """Whether the document has this answer: its status by name, its content type, and a problem's members."""
    if path not in document["paths"] or answer.is_redirect:  # a page; the address of another door
        return True
    listed = document["paths"][path][method]["responses"].get(str(answer.status_code), {})
    problem = document["components"]["schemas"]["Problem"]
    members = set(answer.json()) if answer.status_code >= 400 else set(problem["required"])
    return answer.headers["content-type"] in listed.get("content", {}) and (
        set(problem["required"]) <= members <= set(problem["properties"])
    )


async def test_a_door_asks_for_the_credentials_that_the_document_names_and_for_no_others(
    service: RunningService,
) -> None:
    given = {"official": bearer(service, "admin"), "reporter": {"Tracking-Pin": "0"}}
    async with client_of(service) as client:
        document = (await client.get("/openapi.json")).json()
        schemes = document["components"].get("securitySchemes", {})
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                asked = [name for scheme in operation.get("security", []) for name in scheme]
                assert set(asked) <= set(schemes)
                url = filled(path, NOBODY)
                bare = await client.request(method, url)
                assert (bare.status_code == 401) == bool(asked), f"{method} {path}"
                for name in asked:
                    known = await client.request(method, url, headers=given[name])
                    assert known.status_code != 401, f"{method} {path}"
