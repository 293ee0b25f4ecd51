"""Errors: each is problem details in the caller's language and never repeats the input."""

from typing import Any

import httpx
import pytest

from tests.shared.toy_api import SECRET, raw_request

JSON = {"Content-Type": "application/json"}
ERRORS: list[tuple[str, str, dict[str, Any], int, str, str]] = [
    ("POST", "/toy/things", {"content": b"{", "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("POST", "/toy/things", {"content": b'{"title": "\xff"}', "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("POST", "/toy/things", {"content": b"[" * 1_900, "headers": JSON}, 400, "dibaca", "cannot be read"),
    ("GET", "/toy/pins", {}, 401, "PIN", "PIN"),
    ("GET", "/toy/officials", {}, 401, "Token", "token"),
    ("GET", "/toy/officials", {"headers": {"Authorization": "Basic eA=="}}, 401, "Token", "token"),
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
    assert (await client.get("/toy/officials")).headers["www-authenticate"] == "Bearer"
    assert (await client.get("/toy/cuts")).headers["retry-after"]
    assert (await client.delete("/toy/things")).headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "id"), ("en", "en"), ("en-GB,id;q=0.5", "en"), ("id,en;q=0.9", "id"), ("en;q=0", "id"), ("x" * 999, "id"),
     ("en;q=abc", "en"), ("fr,en;q=0.1", "en"), ("*", "id"), (",,;=", "id")],
)  # fmt: skip
async def test_the_callers_preferred_language_is_used(client: httpx.AsyncClient, accepted: str, language: str) -> None:
    answer = await client.get("/nowhere", headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language


async def test_the_first_page_is_only_read(client: httpx.AsyncClient) -> None:
    start, *_ = await raw_request(client, "OPTIONS", "/", {"type": "http.request"})
    assert start["status"] == 405


@pytest.mark.parametrize("path", ["*", "//", "///x", "x", "/toy", "/toy/", "toy/things"])
async def test_an_odd_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    start, *_ = await raw_request(client, "OPTIONS", path, {"type": "http.request"})
    assert start["status"] == 404
