"""Replies: words for the agency, each taken once with the PIN, a bounded number, and read by nobody else."""

import asyncio
from uuid import UUID

import httpx
import orjson
import pytest

from services.intake.domain.replies import MOST_REPLIES
from shared.events import ReporterActed
from tests.conftest import ServiceMaker
from tests.intake.citizen import Intake, counted, receipt, words
from tests.make import hear, replied
from tests.services import client_of, staged

WORDS = "Lubangnya sekarang lebih dalam."


async def reply(client: httpx.AsyncClient, filed: dict[str, str], text: str = WORDS, pin: str = "") -> httpx.Response:
    path = f"/intake/complaints/{filed['tracking_reference']}/replies"
    return await client.post(path, json={"text": text}, headers={"Tracking-Pin": pin or filed["pin"]})


async def said(service: Intake) -> list[ReporterActed]:
    return [fact for fact in await staged(service) if isinstance(fact, ReporterActed)]


def text_of(service: Intake, fact: ReporterActed) -> str:
    text: str = orjson.loads(service.state.narrative.open(fact.sealed or "", str(fact.complaint_id)))["text"]
    return text


async def test_each_reply_is_said_to_routing_once_with_its_number_and_its_words_sealed(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    first, again, other = await reply(client, filed), await reply(client, filed), await reply(client, filed, "Kedua.")
    assert first.status_code == 202 and first.headers["Cache-Control"] == "no-store"
    assert first.json() == {
        "tracking_reference": filed["tracking_reference"],
        "act": "reply",
        "at": filed["filed_at"],
    }
    assert again.json() == first.json() and other.status_code == 202
    facts = await said(service)
    assert [(fact.act, fact.number, text_of(service, fact)) for fact in facts] == [
        ("reply", 1, WORDS),
        ("reply", 2, "Kedua."),
    ]
    assert all(fact.sealed and "dalam" not in fact.sealed for fact in facts)


async def test_no_word_is_lost_between_replicas_and_none_is_above_the_bound(make_service: ServiceMaker) -> None:
    services = [await make_service("intake") for _ in range(2)]
    clients = [client_of(service) for service in services]
    filed = await receipt(clients[0])
    texts = [f"Keterangan {n}" for n in range(MOST_REPLIES + 4)]
    answers = await asyncio.gather(*(reply(clients[n % 2], filed, text) for n, text in enumerate(texts)))
    taken = {text for text, answer in zip(texts, answers, strict=True) if answer.status_code == 202}
    refused = [answer.json() for answer in answers if answer.status_code != 202]
    assert {each["type"] for each in refused} == {"urn:tanggap:TooManyReplies"} and len(refused) == 4
    facts = await said(services[0])
    assert {text_of(services[0], fact) for fact in facts} == taken
    assert sorted(fact.number for fact in facts) == list(range(1, MOST_REPLIES + 1))
    # What was taken before has its answer, also when nothing more can be.
    assert (await reply(clients[0], filed, min(taken))).status_code == 202
    for client in clients:
        await client.aclose()


@pytest.mark.parametrize("text", ["", " ", "x" * 5_001, "a\x00b"])
async def test_what_is_no_reply_or_has_the_wrong_pin_is_refused(
    service: Intake, client: httpx.AsyncClient, text: str
) -> None:
    filed = await receipt(client)
    assert (await reply(client, filed, text)).status_code == 422
    assert (await reply(client, filed, pin="WRONG")).status_code == 404
    assert await said(service) == [] and await counted(service, "reporter_acts") == [0]


async def test_a_reply_is_read_by_its_reporter_and_not_by_the_public(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    await hear(service, replied(UUID(filed["id"]), sealed=words(service, filed["id"], WORDS)))
    path = f"/intake/complaints/{filed['tracking_reference']}"
    own = (await client.get(path, headers={"Tracking-Pin": filed["pin"]})).json()["timeline"][-1]
    public = (await client.get(f"{path}/timeline")).json()["timeline"][-1]
    assert own["words"] == WORDS and public["words"] is None
    assert public["sentence"].startswith("Keterangan pelapor disampaikan kepada ")


async def test_a_reporter_replies_on_a_plain_form(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    path = f"/intake/pages/complaints/{filed['tracking_reference']}/replies"
    asked = await client.get(path)
    assert asked.status_code == 200 and "<script" not in asked.text
    wrong = await client.post(path, data={"pin": "WRONG", "text": "Masih <rusak>"})
    assert wrong.status_code == 404 and 'id="pin-error"' in wrong.text and "Masih &lt;rusak&gt;" in wrong.text
    empty = await client.post(path, data={"pin": filed["pin"], "text": " "})
    assert empty.status_code == 422 and 'id="text-error"' in empty.text
    assert await said(service) == []
    done = await client.post(path, data={"pin": filed["pin"], "text": WORDS})
    assert done.status_code == 202 and "Permintaan diterima" in done.text
    for n in range(MOST_REPLIES - 1):
        assert (await reply(client, filed, f"Keterangan {n}")).status_code == 202
    full = await client.post(path, data={"pin": filed["pin"], "text": "Satu lagi."})
    assert full.status_code == 409 and "dua puluh" in full.text and "Satu lagi." in full.text
