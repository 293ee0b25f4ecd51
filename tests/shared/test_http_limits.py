"""Request limits: large, incomplete and odd bodies."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.service import RunningService
from tests.shared.toy_api import raw_request

HALF = {"type": "http.request", "body": b"words=half", "more_body": True}


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


async def test_a_body_within_the_limit_is_accepted_with_and_without_a_declared_length(
    client: httpx.AsyncClient,
) -> None:
    whole = json.dumps({"title": "x" * 90}).encode()
    for content in (whole, stream(whole[:5], b"", whole[5:])):
        answer = await client.post("/toy/things", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("declared", ["-1", "x", "9" * 5_000, "2001"])
async def test_an_invalid_declared_length_is_refused(client: httpx.AsyncClient, declared: str) -> None:
    answer = await client.post("/toy/things", content=b"{}", headers={"Content-Length": declared})
    assert answer.status_code in (400, 413)


async def test_a_disconnect_inside_a_body_is_not_a_short_body(
    toy_with_api: RunningService, client: httpx.AsyncClient
) -> None:
    sent = await raw_request(client, "POST", "/toy/forms", HALF, {"type": "http.disconnect"})
    assert not sent or sent[0]["status"] >= 400


async def test_an_incomplete_body_at_shutdown_is_refused_as_an_outage(
    client: httpx.AsyncClient,
) -> None:
    sent: list[Any] = []
    request = asyncio.create_task(raw_request(client, "POST", "/toy/forms", HALF, sent=sent))
    while not request.done():
        await asyncio.sleep(0)
        request.cancel()
    assert sent[0]["status"] == 503
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["status"] == 503


@pytest.mark.parametrize(("size", "status"), [(4_000, 200), (6_000, 413)])
async def test_a_route_may_have_a_limit_of_its_own(client: httpx.AsyncClient, size: int, status: int) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (b"words=" + b"x" * size, stream(b"words=", b"x" * size)):
        answer = await client.post("/toy/large", content=content, headers=kind)
        assert answer.status_code == status
        assert answer.headers["content-type"] == ("application/json" if status == 200 else "application/problem+json")


async def test_a_form_takes_files_only_where_its_route_says_so(client: httpx.AsyncClient) -> None:
    refused, taken = [
        await client.post(path, data={"words": "ya"}, files={"photo": b"x"}) for path in ("/toy/forms", "/toy/large")
    ]
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert taken.json() == {"length": 2}


async def test_a_form_of_too_many_fields_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/forms", data={"words": "ya", **{f"n{n}": "" for n in range(200)}})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_a_large_body_that_its_route_does_not_read_is_refused_in_the_callers_language(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Accept-Language": "jv"}
    answer = await client.request("GET", "/toy/words/a", content=b"x" * 2_001, headers=headers)
    assert (answer.status_code, answer.headers["content-language"]) == (413, "jv")
    assert answer.json()["title"].startswith("Isi panyuwunan langkung ageng")


async def test_a_large_body_for_no_route_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/nowhere", content=stream(b"x" * 2_001))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
