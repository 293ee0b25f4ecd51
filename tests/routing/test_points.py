"""The points that a verification lists are shown, told to the reporter, and answered one by one."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.actions.points import HEADING
from services.routing.domain.points import as_list, first_unanswered, from_list, with_answers
from shared.events import ComplaintAnswered, ComplaintForwarded, ComplaintVerified
from shared.service import RunningService
from tests.make import CITY, ROADS, answer_text
from tests.routing.complaints import ANSWER, VERIFY, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import bearer, staged

POINTS = ["Lampu padam sejak Mei", "Siapa yang memeriksa? 2. kali"]
SAID = ["Diganti Senin lalu.", "Ya."]
LISTED = "1. Lampu padam sejak Mei\n2. Siapa yang memeriksa? 2. kali"
# A point is one line, by the door.
lines = st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"]), min_size=1)


@given(st.lists(lines, max_size=10))
def test_a_list_gives_back_its_points(points: list[str]) -> None:
    assert from_list(as_list(points)) == points


@pytest.mark.parametrize(
    ("answers", "number"),
    [([], 1), (["Ya."], 2), (["Ya.", " . "], 2), (["\u200b", "Ya."], 1), (["Ya.", "5"], None), (["a", "b", "c"], None)],
)
def test_a_point_is_answered_by_a_letter_or_a_digit(answers: list[str], number: int | None) -> None:
    assert first_unanswered(POINTS, answers) == number


def test_an_answer_in_full_numbers_what_it_says_of_each_point_and_repeats_none() -> None:
    assert with_answers("Selesai.", SAID) == "Selesai.\n\n1. Diganti Senin lalu.\n2. Ya."
    assert with_answers("Selesai.", []) == "Selesai."


async def verified(client: httpx.AsyncClient, service: RunningService, **more: Any) -> UUID:
    id = await assigned(service)
    await empty_outbox(service)
    done = await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY, points=POINTS, **more)
    assert done.status_code == 201, done.text
    return id


async def test_the_points_are_shown_to_the_holder_and_told_without_the_note(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service, note="Pelapor lama")
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["points"] == POINTS and shown["acts"][0]["text"] == f"Pelapor lama\n{LISTED}"
    told, forwarded = await staged(service)
    assert isinstance(told, ComplaintVerified) and isinstance(forwarded, ComplaintForwarded) and told.sealed
    assert service.state.open(told.sealed, str(id)) == {"text": f"{HEADING}\n{LISTED}"}
    kept = str(await rows_of(service, "SELECT * FROM cases")) + str(await rows_of(service, "SELECT * FROM acts"))
    assert "Lampu padam" not in kept


async def test_each_point_is_answered_and_the_reporter_reads_both(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    for door in ("first", "again"):
        done = await post(client, service, id, "answers", "liaison", ROADS, "k", **ANSWER, points=SAID)
        assert done.status_code == 201, door
    other = await post(client, service, id, "answers", "liaison", ROADS, "k", **ANSWER, points=["Lain", "Ya."])
    assert problem(other) == (409, "KeyReused")
    (*_, told) = await staged(service)
    assert isinstance(told, ComplaintAnswered)
    assert service.state.open(told.sealed, str(id)) == {"text": with_answers(answer_text(), SAID)}


@pytest.mark.parametrize(
    ("points", "name", "field", "reason"),
    [
        ([], "PointUnanswered", "points.0", "Pokok 1 belum dijawab."),
        (["Diganti.", "..."], "PointUnanswered", "points.1", "Pokok 2 belum dijawab."),
        (
            ["a", "b", "c"],
            "UnknownPoint",
            "points.2",
            "Jumlah pokok yang dijawab melebihi yang dicatat saat verifikasi.",
        ),
    ],
)
async def test_a_point_left_out_is_named_by_its_number(
    client: httpx.AsyncClient, service: RunningService, points: list[str], name: str, field: str, reason: str
) -> None:
    id = await verified(client, service)
    headers = {**bearer(service, "liaison", ROADS), "Accept-Language": "id"}
    refused = await client.post(f"/routing/complaints/{id}/answers", json={**ANSWER, "points": points}, headers=headers)
    assert problem(refused) == (422, name)
    assert refused.json()["field"] == field and refused.json()["title"].startswith(reason)


async def test_points_that_nobody_listed_or_can_read_stop_no_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    plain = await assigned(service)
    await verify(client, service, plain)
    refused = await post(client, service, plain, "answers", "liaison", ROADS, **ANSWER, points=["Ya."])
    assert problem(refused) == (422, "UnknownPoint")
    assert (await post(client, service, plain, "answers", "liaison", ROADS, **ANSWER)).status_code == 201
    damaged = await verified(client, service)
    async with service.begin() as tx:
        await tx.execute("UPDATE cases SET points = 'v1.x.y' WHERE id = :id", {"id": damaged})
    assert (await post(client, service, damaged, "answers", "liaison", ROADS, **ANSWER)).status_code == 201


@pytest.mark.parametrize("points", [["a"] * 11, [""], ["dua\nbaris"], "a", [1]])
async def test_a_list_that_is_none_is_refused(client: httpx.AsyncClient, service: RunningService, points: Any) -> None:
    id = await assigned(service)
    refused = await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY, points=points)
    assert problem(refused) == (422, "Invalid") and "points" in refused.text


async def test_a_key_used_with_other_points_is_refused(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    body = {**VERIFY, "points": POINTS}
    first = await post(client, service, id, "verifications", "coordinator", CITY, "k", **body)
    assert (await post(client, service, id, "verifications", "coordinator", CITY, "k", **body)).json() == first.json()
    other = await post(client, service, id, "verifications", "coordinator", CITY, "k", **{**body, "points": ["Lain"]})
    assert problem(other) == (409, "KeyReused")
