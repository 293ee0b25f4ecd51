"""The HTTP side: every error is problem details in the caller's language, and none repeats what was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Depends, Form, Query
from prometheus_client import REGISTRY
from pydantic import Field

from shared import health
from shared.bus.memory import MemoryBus
from shared.db.transaction import Tx
from shared.errors import Forbidden, Invalid, NotFound
from shared.http.app import create_app
from shared.http.fields import Body, Code, Day, Line, Moment, Prose
from shared.identity.callers import official, public, reporter
from shared.identity.officials import Official
from shared.service import RunningService
from tests.services import bearer, client_of
from tests.shared.toy import note, rows

SECRET = "3578012345678901"
router = APIRouter(dependencies=[Depends(public)])


class Thing(Body):
    title: Annotated[Line, Field(min_length=3, max_length=100)]
    text: Prose = ""
    count: int = Field(1, ge=1, le=9)
    at: Moment | None = None
    code: Code | None = None
    kind: Literal["a", "b"] = "a"
    id: UUID | None = None
    parts: tuple["Thing", ...] = ()


@router.post("/things", status_code=201)
async def make(thing: Thing) -> dict[str, str]:
    return {"title": thing.title}


@router.get("/things/{number}")
async def read(number: int, limit: Annotated[int, Query(le=10)] = 5) -> dict[str, int]:
    return {"number": number, "limit": limit}


@router.get("/days")
async def days(day: Annotated[Day | None, Query(alias="from")] = None) -> str:
    return str(day)


@router.post("/forms")
async def form(words: Annotated[str, Form()]) -> dict[str, int]:
    return {"length": len(words)}


@router.get("/failures/{name}")
async def fail(name: str) -> None:
    raise {
        "missing": NotFound(),
        "forbidden": Forbidden(),
        "invalid": Invalid(field="title", detail="Contoh"),
        "bug": ZeroDivisionError(SECRET),
        "refused": ConnectionRefusedError(SECRET),
        "lost": asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        "torn": asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        "deep": RecursionError(),
    }[name]


@router.get("/words/{word}")
async def words(word: str, q: str = "") -> list[str]:
    return [word, q]


@router.get("/pins")
async def pins(pin: Annotated[str, Depends(reporter)]) -> int:
    return len(pin)


@router.get("/desk")
async def desk(who: Annotated[Official, Depends(official("coordinator", "admin"))]) -> str:
    return who.role


@pytest.fixture
async def doors(service: RunningService) -> RunningService:
    """The toy with doors: two of them lead to its database."""
    routes = APIRouter(dependencies=[Depends(public)])

    @routes.post("/notes/{step}", status_code=201)
    async def notes(step: int) -> int:
        return await service.submit(note, (UUID(int=1), step))

    @routes.get("/sums")
    async def sums() -> int:
        async def one(tx: Tx) -> int:
            return int((await tx.execute("SELECT 1")).scalar_one())

        return await service.read(one)

    @routes.get("/cuts")
    async def cuts() -> None:
        async def cut(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return items

        await service.submit(cut, 1)

    service.definition = replace(service.definition, routers=(router, routes))
    service.settings = service.settings.model_copy(update={"body_limit_bytes": 2_000})
    return service


@pytest.fixture
async def client(doors: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(doors) as client:
        yield client


JSON = {"Content-Type": "application/json"}
ERRORS: list[tuple[str, str, dict[str, Any], int, str, str]] = [
    ("POST", "/toy/things", {"content": b"{", "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("POST", "/toy/things", {"content": b'{"title": "\xff"}', "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("POST", "/toy/things", {"content": b"[" * 1_900, "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("GET", "/toy/pins", {}, 401, "PIN", "PIN"),
    ("GET", "/toy/desk", {}, 401, "Token", "token"),
    ("GET", "/toy/desk", {"headers": {"Authorization": "Basic eA=="}}, 401, "Token", "token"),
    ("GET", "/toy/failures/forbidden", {}, 403, "izin", "permit"),
    ("GET", "/toy/failures/missing", {}, 404, "tidak ditemukan", "no such"),
    ("GET", "/nowhere", {}, 404, "Alamat", "address"),
    ("DELETE", "/toy/things", {}, 405, "Metode", "method"),
    ("POST", "/toy/notes/13", {}, 409, "sudah ada", "taken"),
    ("POST", "/toy/things", {"content": b"x" * 2_001}, 413, "terlalu besar", "too large"),
    ("POST", "/toy/things", {"json": {}}, 422, "tidak dapat diterima", "not acceptable"),
    ("GET", "/toy/failures/invalid", {}, 422, "tidak dapat diterima", "not make sense"),
    ("GET", "/toy/failures/deep", {}, 400, "dibaca", "cannot be read"),
    ("GET", "/toy/failures/bug", {}, 500, "kesalahan", "failed"),
    ("GET", "/toy/failures/refused", {}, 503, "terganggu", "disturbed"),
    ("GET", "/toy/cuts", {}, 503, "terganggu", "disturbed"),
    ("GET", "/toy/words/a%00b", {}, 400, "dibaca", "cannot be read"),
    ("GET", "/toy/words/a?q=%00", {}, 400, "dibaca", "cannot be read"),
]


@pytest.mark.parametrize(("method", "path", "more", "status", "indonesian", "english"), ERRORS)
async def test_every_error_is_problem_details_in_the_callers_language(
    client: httpx.AsyncClient, method: str, path: str, more: dict[str, Any], status: int, indonesian: str, english: str
) -> None:
    for language, words in (("id", indonesian), ("en", english), ("fr", indonesian)):
        headers = {"Accept-Language": language, **more.get("headers", {})}
        answer = await client.request(method, path, **{**more, "headers": headers})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == ("en" if language == "en" else "id")
        body = answer.json()
        assert body["status"] == status
        assert {"type", "title"} <= body.keys()
        assert words in body["title"]
        assert SECRET not in answer.text


async def test_error_headers_tell_the_caller_what_to_do(client: httpx.AsyncClient) -> None:
    assert (await client.get("/toy/desk")).headers["www-authenticate"] == "Bearer"
    assert (await client.get("/toy/cuts")).headers["retry-after"]
    assert (await client.delete("/toy/things")).headers["allow"] == "POST"


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("path", ["/toy/things", "/toy/forms"])
async def test_a_large_body_is_refused_with_and_without_a_declared_length(client: httpx.AsyncClient, path: str) -> None:
    kind = "application/json" if path == "/toy/things" else "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind}
    for content in (b"words=" + b"x" * 2_000, stream(b"words=", b"x" * 1_000, b"x" * 1_000)):
        answer = await client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (413, 413)


async def test_a_body_within_the_limit_is_accepted_with_and_without_a_declared_length(client: httpx.AsyncClient) -> None:
    whole = json.dumps({"title": "x" * 90}).encode()
    for content in (whole, stream(whole[:5], b"", whole[5:])):
        answer = await client.post("/toy/things", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("declared", ["-1", "x", "9" * 5_000, "2001"])
async def test_an_invalid_declared_length_is_refused(client: httpx.AsyncClient, declared: str) -> None:
    answer = await client.post("/toy/things", content=b"{}", headers={"Content-Length": declared})
    assert answer.status_code in (400, 413)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": SECRET * 10}, "title"),
    ({"title": "ab"}, "title"),
    ({"title": ["x"]}, "title"),
    ({"title": SECRET + "\x00"}, "title"),
    ({"title": SECRET + "\nb"}, "title"),
    ({"title": "abc", "text": SECRET + "\u001b"}, "text"),
    ({"title": "abc", "count": SECRET}, "count"),
    ({"title": "abc", "count": 3578012345678901}, "count"),
    ({"title": "abc", "count": 1.5}, "count"),
    ({"title": "abc", "at": SECRET}, "at"),
    ({"title": "abc", "at": "2025-07-07T00:00:00"}, "at"),
    ({"title": "abc", "at": "1999-12-31T00:00:00Z"}, "at"),
    ({"title": "abc", "at": "9999-12-31T23:59:59-23:59"}, "at"),
    ({"title": "abc", "at": 1_700_000_000}, "at"),
    ({"title": "abc", "at": 1_700_000_000.5}, "at"),
    ({"title": "abc", "at": "1700000000"}, "at"),
    ({"title": "abc", "at": True}, "at"),
    ({"title": "abc", "code": SECRET + "/"}, "code"),
    ({"title": "abc", "kind": SECRET}, "kind"),
    ({"title": "abc", "id": SECRET + "z"}, "id"),
    ({"title": "abc", "parts": [{"title": "abc"}, {"title": SECRET * 10}]}, "parts.1.title"),
    ({"title": "abc", "mood": SECRET}, "mood"),
]


@pytest.mark.parametrize(("body", "field"), WRONG)
async def test_an_error_in_the_body_names_the_field_and_never_repeats_the_input(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    for language in ("id", "en"):
        answer = await client.post("/toy/things", json=body, headers={"Accept-Language": language})
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["in"], error["field"]) == ("body", field)
        assert error["reason"]
        assert SECRET not in answer.text
        assert "Input should" not in answer.text or language == "en"


async def test_odd_field_names_do_not_break_the_answer(client: httpx.AsyncClient) -> None:
    for content in (
        b'{"title": "abc", "\\ud800": 1}',
        b'{"title": "\\ud800abc"}',
        b'{"title":"abc","' + b"n" * 900 + b'":1}',
    ):
        answer = await client.post("/toy/things", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422)
        assert len(answer.content) < 500


async def test_an_error_in_the_path_or_query_names_its_place(client: httpx.AsyncClient) -> None:
    [error] = (await client.get("/toy/things/x")).json()["errors"]
    assert (error["in"], error["field"]) == ("path", "number")
    [error] = (await client.get("/toy/things/1?limit=11")).json()["errors"]
    assert (error["in"], error["field"]) == ("query", "limit")


@pytest.mark.parametrize("typed", ["1700006400", "1700006400000", "2025-07-07T00:00:00", "2025-7-7", "2025-02-30", ""])
async def test_a_day_that_is_not_an_iso_date_is_refused(client: httpx.AsyncClient, typed: str) -> None:
    answer = await client.get("/toy/days", params={"from": typed})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["in"], error["field"]) == ("query", "from")
    assert "tanggal" in error["reason"]


async def test_an_iso_date_is_accepted_as_a_day(client: httpx.AsyncClient) -> None:
    assert (await client.get("/toy/days?from=2025-07-07")).json() == "2025-07-07"
    assert (await client.get("/toy/days")).json() == "None"


@pytest.mark.parametrize("moment", ["2025-07-07T08:59:00+07:00", "2025-07-07T01:59Z", "2025-07-07 08:59+0700"])
async def test_a_moment_with_its_zone_is_accepted(client: httpx.AsyncClient, moment: str) -> None:
    assert (await client.post("/toy/things", json={"title": "abc", "at": moment})).status_code == 201


async def test_an_invalid_choice_is_explained_in_one_language(client: httpx.AsyncClient) -> None:
    for language, told in (("id", "harus salah satu dari 'a' atau 'b'"), ("en", "Input should be 'a' or 'b'")):
        headers = {"Accept-Language": language}
        answer = await client.post("/toy/things", json={"title": "abc", "kind": "c"}, headers=headers)
        assert answer.json()["errors"][0]["reason"] == told


async def test_the_answer_is_sent_only_after_the_commit(doors: RunningService, client: httpx.AsyncClient) -> None:
    assert (await client.post("/toy/notes/5")).status_code == 201
    assert (await client.post("/toy/notes/5")).status_code == 500  # the commit itself refuses it
    assert await rows(doors, "SELECT step FROM notes") == [(5,)]


async def test_the_same_client_is_served_again_after_an_outage(client: httpx.AsyncClient) -> None:
    assert (await client.get("/toy/cuts")).status_code == 503
    assert (await client.get("/toy/sums")).json() == 1
    assert (await client.post("/toy/notes/6")).status_code == 201


async def test_requests_are_counted_by_route_and_status_and_unknown_paths_add_no_series(client: httpx.AsyncClient) -> None:
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


async def test_a_route_for_officials_is_open_to_its_roles_only(doors: RunningService, client: httpx.AsyncClient) -> None:
    assert (await client.get("/toy/desk", headers=bearer(doors, "admin"))).json() == "admin"
    assert (await client.get("/toy/desk", headers=bearer(doors, "leader"))).status_code == 403


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "id"), ("en", "en"), ("en-GB,id;q=0.5", "en"), ("id,en;q=0.9", "id"), ("en;q=0", "id"), ("x" * 999, "id"),
     ("en;q=abc", "en"), ("fr,en;q=0.1", "en"), ("*", "id"), (",,;=", "id")],
)  # fmt: skip
async def test_the_callers_preferred_language_is_used(client: httpx.AsyncClient, accepted: str, language: str) -> None:
    answer = await client.get("/nowhere", headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language


async def test_a_disconnect_inside_a_body_is_not_a_short_body(
    doors: RunningService, client: httpx.AsyncClient
) -> None:
    sent = await asked(client, "POST", "/toy/forms", HALF, {"type": "http.disconnect"})
    assert not sent or sent[0]["status"] >= 400


async def test_an_incomplete_body_at_shutdown_is_refused_as_an_outage(
    client: httpx.AsyncClient,
) -> None:
    sent: list[Any] = []
    request = asyncio.create_task(asked(client, "POST", "/toy/forms", HALF, sent=sent))
    while not request.done():
        await asyncio.sleep(0)
        request.cancel()
    assert sent[0]["status"] == 503
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["status"] == 503


@pytest.mark.parametrize("path", ["*", "", "/", "//", "///x", "x", "/toy", "/toy/", "toy/things"])
async def test_an_odd_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    start, *_ = await asked(client, "OPTIONS", path, {"type": "http.request"})
    assert start["status"] == 404


async def test_the_openapi_document_has_problem_details_for_every_refusal_and_names_the_credentials(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    doors = {path: door for path, operations in document["paths"].items() for door in operations.values()}
    for door in doors.values():
        refusals = {status: told for status, told in door["responses"].items() if status >= "400"}
        assert {"default", "400", "503"} <= refusals.keys()
        assert {kind for told in refusals.values() for kind in told["content"]} == {"application/problem+json"}
    asked = {path: door["security"] for path, door in doors.items() if "security" in door}
    assert asked == {"/toy/pins": [{"reporter": []}], "/toy/desk": [{"official": []}]}
    assert [name for name, scheme in document["components"]["securitySchemes"].items() if scheme["type"] == "http"] == [
        "official"
    ]


def test_the_openapi_document_describes_the_health_routes() -> None:
    app = create_app([], None, 1)
    app.include_router(health.router([], [], MemoryBus(), 1.0))
    paths = app.openapi()["paths"]
    assert [*paths["/health/ready"]["get"]["responses"]["503"]["content"]] == ["application/json"]
    assert [*paths["/metrics"]["get"]["responses"]["200"]["content"]] == ["text/plain"]


HALF = {"type": "http.request", "body": b"words=half", "more_body": True}


async def asked(
    client: httpx.AsyncClient, method: str, path: str, *messages: Any, sent: list[Any] | None = None
) -> list[Any]:
    """What is answered to a request as a server hands it on, whatever a client would make of it."""
    app = client._transport.app  # type: ignore[attr-defined]
    sent, waiting = [] if sent is None else sent, [*messages]

    async def receive() -> Any:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers,
             "scheme": "http", "server": ("t", 80), "root_path": "", "http_version": "1.1"}  # fmt: skip
    await app(scope, receive, send)
    return sent
