"""Fields: an invalid one is named with its place, and its value is never repeated."""

from typing import Any

import httpx
import pytest

from tests.shared.toy_api import SECRET

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
    for language, reason in (("id", "harus salah satu dari 'a' atau 'b'"), ("en", "Input should be 'a' or 'b'")):
        headers = {"Accept-Language": language}
        answer = await client.post("/toy/things", json={"title": "abc", "kind": "c"}, headers=headers)
        assert answer.json()["errors"][0]["reason"] == reason
