"""Corrections: what the verifier puts beside the reporter's words, and what is told of it."""

import httpx
import pytest

from services.routing.actions.restatements import say_again
from shared.events import ComplaintCorrected
from shared.service import RunningService
from tests.make import CITY, ROADS
from tests.routing.complaints import assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.routing.test_notes import followed_up, shown_to
from tests.services import staged


async def test_a_corrected_title_stands_beside_the_reporters_own(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    for title in ("Lubang di Jalan Melati", "Lubang di Jalan Melati 5"):
        body = {"title": title, "reason": "Tempatnya disebut"}
        assert (await post(client, service, id, "corrections", "coordinator", CITY, **body)).status_code == 201
    told = await staged(service)
    assert [(type(fact), fact.kind) for fact in told if isinstance(fact, ComplaintCorrected)] == [
        (ComplaintCorrected, None)
    ] * 2
    [listed] = (await get(client, service, "/complaints", "liaison", ROADS)).json()["items"]
    assert (listed["title"], listed["reported_title"]) == ("Lubang di Jalan Melati 5", "Jalan rusak")
    acts = (await shown_to(client, service, id, "coordinator", CITY))["acts"]
    assert [act["text"].splitlines()[0] for act in acts] == [
        "Judul: Lubang di Jalan Melati", "Judul: Lubang di Jalan Melati 5",
    ]  # fmt: skip
    assert "Melati" not in str(await rows_of(service, "SELECT * FROM cases")) + str(told)


async def test_a_corrected_kind_is_shown_and_the_filed_one_is_kept(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    body = {"kind": "information", "reason": "Menanyakan jadwal"}
    done = await post(client, service, id, "corrections", "admin", None, "k", **body)
    assert done.json()["state"] == "AWAITING_FOLLOW_UP"
    assert (await post(client, service, id, "corrections", "admin", None, "k", **body)).json() == done.json()
    [told] = await staged(service)
    assert isinstance(told, ComplaintCorrected) and told.kind == "information"
    assert (await shown_to(client, service, id, "liaison", ROADS))["kind"] == "information"
    [row] = await rows_of(service, "SELECT kind, classification FROM cases")
    assert (row.kind, row.classification) == ("complaint", "complaint")


async def test_field_place_and_class_are_corrected_too_and_said_again(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    body = {"classification": "supervisory", "field": "roads", "region": CITY, "reason": "Menyangkut pungutan liar"}
    assert (await post(client, service, id, "corrections", "coordinator", CITY, **body)).status_code == 201
    [told] = await staged(service)
    assert isinstance(told, ComplaintCorrected)
    assert (told.classification, told.field, told.region) == ("supervisory", "roads", CITY)
    assert told.field_name and told.region_name and "pungutan" not in str(told)
    shown = await shown_to(client, service, id, "liaison", ROADS)
    seen = shown["classification"], shown["corrected_field"], shown["corrected_region"]
    assert seen == ("supervisory", "roads", CITY) and "Klasifikasi: pengaduan berkadar" in shown["acts"][-1]["text"]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    assert told.model_copy(update={"again": True}) in await staged(service)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"field": "magic"}, (422, "UnknownField")),
        ({"region": "99.99"}, (422, "UnknownRegion")),
        ({"region": ROADS}, (422, "UnknownRegion")),
        ({"classification": "supervisory"}, (409, "NotVerified")),
    ],
)
async def test_what_is_unknown_or_too_early_is_refused(
    client: httpx.AsyncClient, service: RunningService, body: dict[str, str], refusal: tuple[int, str]
) -> None:
    id = await assigned(service)
    answer = await post(client, service, id, "corrections", "coordinator", CITY, **body, reason="Perlu")
    assert problem(answer) == refusal
