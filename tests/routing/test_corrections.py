"""Corrections: what the verifier puts beside the reporter's words, and what is told of it."""

import httpx

from shared.events import ComplaintCorrected
from shared.service import RunningService
from tests.make import CITY, ROADS
from tests.routing.complaints import assigned, empty_outbox, get, post, rows_of, verify
from tests.routing.test_notes import shown_to
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
