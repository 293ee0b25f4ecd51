"""What a reporter does with a complaint: taken once with the PIN, said to routing, and shown in plain words."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import orjson
import pytest

from services.intake.actions.reporters import ReporterRequest, take_acts
from shared.events import Fact, ReporterActed
from shared.lifecycle.acts import BY_REPORTER
from shared.lifecycle.table import TRANSITIONS
from shared.vocabulary import State
from tests.conftest import ServiceMaker
from tests.intake.citizen import Intake, counted, receipt
from tests.make import (
    MONDAY,
    ROADS,
    answered,
    archived,
    closed,
    completed,
    hear,
    held,
    limit_set,
    refused,
    reporter_acted,
    resumed,
    routed,
    taken_back,
)
from tests.services import client_of, staged

UNKNOWN = "TG-00000-00000"
# The limits of a question and of a verification, as sla tells of them.
LIMITS = ("hold", "05"), ("verification", "06")


async def withdraw(client: httpx.AsyncClient, filed: dict[str, str], pin: str = "", **body: str) -> httpx.Response:
    path = f"/intake/complaints/{filed['tracking_reference']}/withdrawals"
    return await client.post(path, json=body, headers={"Tracking-Pin": pin or filed["pin"]})


async def acts(service: Intake) -> list[ReporterActed]:
    return [fact for fact in await staged(service) if isinstance(fact, ReporterActed)]


async def test_a_withdrawal_is_said_to_routing_with_its_words_sealed(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    taken = await withdraw(client, filed, text="Lampu sudah menyala.")
    assert taken.status_code == 202 and taken.headers["Cache-Control"] == "no-store"
    assert taken.json() == {
        "tracking_reference": filed["tracking_reference"],
        "act": "withdrawal",
        "at": filed["filed_at"],
    }
    [said] = await acts(service)
    assert (str(said.complaint_id), said.act) == (filed["id"], "withdrawal")
    assert said.sealed and "menyala" not in said.sealed
    assert orjson.loads(service.state.narrative.open(said.sealed, filed["id"])) == {"text": "Lampu sudah menyala."}


async def test_a_repeated_withdrawal_has_the_same_answer_and_says_nothing_more(make_service: ServiceMaker) -> None:
    services = [await make_service("intake") for _ in range(2)]
    clients = [client_of(service) for service in services]
    filed = await receipt(clients[0])
    answers = await asyncio.gather(*(withdraw(client, filed, text=f"Teks {n}") for n in range(4) for client in clients))
    answers.append(await withdraw(clients[0], filed))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(await acts(services[0])) == 1 and await counted(services[0], "reporter_acts") == [1]
    for client in clients:
        await client.aclose()


async def test_a_batch_takes_each_act_once_and_refuses_each_wrong_pin_alone(
    service: Intake, client: httpx.AsyncClient
) -> None:
    one, other = await receipt(client), await receipt(client)
    requests = [
        ReporterRequest(one["tracking_reference"], one["pin"], "withdrawal", "Pertama"),
        ReporterRequest(other["tracking_reference"], one["pin"], "withdrawal"),
        ReporterRequest(one["tracking_reference"].lower(), one["pin"], "withdrawal", "Kedua"),
        ReporterRequest(UNKNOWN, one["pin"], "withdrawal"),
        ReporterRequest("no reference", "", "withdrawal"),
    ]
    async with service.begin() as tx:
        first, wrong, again, unknown, nonsense = await take_acts(tx, requests)
    assert first == again
    assert [type(each).__name__ for each in (wrong, unknown, nonsense)] == ["NoSuchComplaint"] * 3
    [said] = await acts(service)
    assert orjson.loads(service.state.narrative.open(str(said.sealed), one["id"])) == {"text": "Pertama"}


async def test_without_its_pin_nobody_withdraws_a_complaint(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    path = f"/intake/complaints/{filed['tracking_reference']}/withdrawals"
    assert (await client.post(path, json={})).status_code == 401
    wrong, unknown = (
        await withdraw(client, filed, "WRONG"),
        await withdraw(client, {**filed, "tracking_reference": UNKNOWN}),
    )
    assert wrong.status_code == unknown.status_code == 404 and wrong.json() == unknown.json()
    assert await acts(service) == [] and await counted(service, "reporter_acts") == [0]


@pytest.mark.parametrize(
    "body", [{"text": "x" * 2_001}, {"text": ""}, {"text": "a\x00b"}, {"reason": "moot"}, {"text": 1}, []]
)
async def test_a_body_that_is_no_withdrawal_is_refused(client: httpx.AsyncClient, service: Intake, body) -> None:
    filed = await receipt(client)
    path = f"/intake/complaints/{filed['tracking_reference']}/withdrawals"
    assert (await client.post(path, json=body, headers={"Tracking-Pin": filed["pin"]})).status_code == 422
    assert await acts(service) == []


async def test_nobody_reads_a_reporters_words_in_a_timeline(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    await withdraw(client, filed, text="Tetangga saya malu.")
    [said] = await acts(service)
    await hear(service, said)
    await hear(service, taken_back(said.complaint_id))
    whole = await client.get(
        f"/intake/complaints/{filed['tracking_reference']}", headers={"Tracking-Pin": filed["pin"]}
    )
    public = await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")
    for answer in (whole, public):
        assert "Tetangga" not in answer.text and said.sealed and said.sealed not in answer.text
        assert [entry["sentence"] for entry in answer.json()["timeline"]] == [
            "Pelapor meminta untuk mencabut laporan.",
            "Laporan dicabut oleh pelapor.",
        ]
        assert answer.json()["status"] == "Arsip"


async def test_a_refusal_is_shown_with_its_reason(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    id = UUID(filed["id"])
    await hear(service, answered(id))
    await hear(service, reporter_acted(id))
    await hear(service, refused(id))
    shown = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert shown["timeline"][-1]["sentence"] == (
        "Permintaan pelapor untuk mencabut laporan tidak dapat dijalankan, karena laporan sudah dijawab."
    )
    assert shown["status"] == "Terdisposisi Selesai"


OPEN_TILL = MONDAY + timedelta(days=14)
ENDS: dict[State, object] = {
    "ON_HOLD": held,
    "ANSWERED": answered,
    "CLOSED": lambda id: closed(id, reopen_until=OPEN_TILL),
    "ARCHIVED": lambda id: archived(id, reopen_until=OPEN_TILL),
    "WITHDRAWN": taken_back,
    "UNVERIFIED": routed,
}
OFFERS = {
    "withdrawal": "Cabut laporan",
    "acceptance": "Terima jawaban",
    "dispute": "Bantah jawaban",
    "reopening": "Buka kembali laporan",
    "appeal": "Ajukan banding",
    "rating": "Nilai penanganan",
    "reply": "Tulis kepada instansi",
}


@pytest.mark.parametrize("end", [closed, archived])
async def test_what_its_reporter_accepted_or_left_too_long_is_not_reopened(
    service: Intake, client: httpx.AsyncClient, end: Callable[..., Fact]
) -> None:
    filed, late = await receipt(client), await receipt(client)
    await hear(service, end(UUID(filed["id"])), end(UUID(late["id"]), reopen_until=MONDAY - timedelta(days=1)))
    for one in (filed, late):
        headers = {"Tracking-Pin": one["pin"]}
        seen = (await client.get(f"/intake/complaints/{one['tracking_reference']}", headers=headers)).json()
        assert set(seen["allowed"]) <= {"rating"}


async def test_an_act_is_taken_once_at_each_stage_with_its_reason(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    headers, body = {"Tracking-Pin": filed["pin"]}, {"reason": "Lubangnya masih ada."}
    assert (await client.post(f"{path}/disputes", json={"reason": "Belum"}, headers=headers)).status_code == 422
    for again in range(2):
        await hear(service, answered(id, window=again + 1), at=MONDAY + timedelta(hours=1 + again))
        first = await client.post(f"{path}/disputes", json=body, headers=headers)
        second = await client.post(f"{path}/disputes", json=body, headers=headers)
        assert first.status_code == second.status_code == 202 and first.json() == second.json()
    assert (await client.post(f"{path}/acceptances", json={}, headers=headers)).status_code == 202
    said = await acts(service)
    assert [(fact.act, fact.stage) for fact in said] == [("dispute", 1), ("dispute", 2), ("acceptance", 2)]
    assert said[0].sealed and "Lubang" not in said[0].sealed


@pytest.mark.parametrize(
    ("door", "act"),
    [("acceptances", "acceptance"), ("disputes", "dispute"), ("reopenings", "reopening"), ("appeals", "appeal")],
)
async def test_a_reporter_acts_on_a_page_that_asks_once_more(
    service: Intake, client: httpx.AsyncClient, door: str, act: str
) -> None:
    filed = await receipt(client)
    path = f"/intake/pages/complaints/{filed['tracking_reference']}/{door}"
    asked = await client.get(path)
    assert asked.status_code == 200 and "<script" not in asked.text
    assert (await client.post(path, data={"pin": "WRONG", "reason": "Masih <rusak> sekali"})).status_code == 404
    if act != "acceptance":
        short = await client.post(path, data={"pin": filed["pin"], "reason": "Belum"})
        assert short.status_code == 422 and 'id="reason-error"' in short.text
    assert await acts(service) == []
    done = await client.post(path, data={"pin": filed["pin"], "reason": "Masih rusak sekali"})
    assert done.status_code == 202 and "Permintaan diterima" in done.text
    assert [fact.act for fact in await acts(service)] == [act]


@pytest.mark.parametrize("state", ENDS)
async def test_the_reporter_is_offered_what_the_table_allows(
    service: Intake, client: httpx.AsyncClient, state: State
) -> None:
    filed = await receipt(client)
    await hear(service, ENDS[state](UUID(filed["id"])))  # type: ignore[operator]
    reference = filed["tracking_reference"]
    seen = (await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": filed["pin"]})).json()
    rows = [row for row in TRANSITIONS if BY_REPORTER in row.by and state in row.before and not row.undoes]
    # The Ombudsman was not offered.
    allowed = {str(row.act) for row in rows} - {"consent"}
    assert set(seen["allowed"]) == allowed
    page = await client.post(f"/intake/pages/complaints/{reference}", data={"pin": filed["pin"]})
    for act, words in OFFERS.items():
        assert (words in page.text) is (act in allowed), act
    assert ("Kirim jawaban" in page.text) is (state == "ON_HOLD")
    assert "Cabut laporan" not in (await client.get(f"/intake/pages/complaints/{reference}")).text


async def test_a_reporter_withdraws_on_a_page_that_asks_once_more(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    path = f"/intake/pages/complaints/{filed['tracking_reference']}/withdrawals"
    asked = await client.get(path)
    assert asked.status_code == 200 and "Cabut laporan ini?" in asked.text and "<script" not in asked.text
    assert await acts(service) == []
    wrong = await client.post(path, data={"pin": "WRONG", "text": "Sudah <beres>."})
    assert wrong.status_code == 404 and 'id="pin-error"' in wrong.text and "WRONG" not in wrong.text
    assert "Sudah &lt;beres&gt;." in wrong.text
    unknown = await client.post(path.replace(filed["tracking_reference"], UNKNOWN), data={"pin": "WRONG"})
    assert unknown.status_code == 404
    long = await client.post(path, data={"pin": filed["pin"], "text": "x" * 2_001})
    assert long.status_code == 422 and 'id="text-error"' in long.text
    assert await acts(service) == []
    done = await client.post(path, data={"pin": filed["pin"], "text": " "})
    assert done.status_code == 202 and filed["tracking_reference"] in done.text and "Permintaan diterima" in done.text
    [said] = await acts(service)
    assert said.sealed is None


QUESTION, REPLY = "Di tiang nomor berapa lampunya padam?", "Tiang nomor 12, di seberang masjid."


async def complete(
    client: httpx.AsyncClient, filed: dict[str, str], text: str = REPLY, pin: str = ""
) -> httpx.Response:
    path = f"/intake/complaints/{filed['tracking_reference']}/completions"
    return await client.post(path, json={"text": text}, headers={"Tracking-Pin": pin or filed["pin"]})


async def hold(service: Intake, filed: dict[str, str], cycle: int = 1) -> None:
    sealed = service.state.narrative.seal(orjson.dumps({"text": QUESTION}).decode(), filed["id"])
    await hear(service, held(UUID(filed["id"]), cycle, sealed=sealed))


async def test_a_reporter_answers_each_question_once(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    id = UUID(filed["id"])
    # What is written before any question is known here is routing's to refuse.
    assert (await complete(client, filed)).json()["act"] == "completion"
    for cycle in (1, 2):
        await hold(service, filed, cycle)
        first, again = await complete(client, filed), await complete(client, filed, "Teks lain.")
        assert first.status_code == 202 and again.json() == first.json()
        await hear(service, resumed(id, cycle))
    said = await acts(service)
    assert [(fact.act, fact.number) for fact in said] == [("completion", 0), ("completion", 1), ("completion", 2)]
    assert [orjson.loads(service.state.narrative.open(fact.sealed or "", filed["id"]))["text"] for fact in said] == [
        REPLY
    ] * 3
    assert (await complete(client, filed, pin="WRONG")).status_code == 404
    assert (await complete(client, filed, text=" ")).status_code == 422


async def test_everyone_sees_that_a_question_was_asked_and_its_reporter_alone_which(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    reference, id = filed["tracking_reference"], UUID(filed["id"])
    await hold(service, filed)
    public = (await client.get(f"/intake/complaints/{reference}/timeline")).json()
    assert (public["status"], public["timeline"][-1]["words"]) == ("Tertunda", None)
    sentence = public["timeline"][-1]["sentence"]
    assert sentence.endswith("menanyakan sesuatu kepada pelapor; batas waktu penanganan dijeda.")
    own = (await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": filed["pin"]})).json()
    assert (own["question"], own["timeline"][-1]["words"]) == (QUESTION, QUESTION)
    sealed = service.state.narrative.seal(orjson.dumps({"text": REPLY}).decode(), filed["id"])
    await hear(service, completed(id, state="IN_PROGRESS", sealed=sealed))
    public = (await client.get(f"/intake/complaints/{reference}/timeline")).json()
    assert public["status"] == "Terdisposisi Sedang Diproses"
    assert REPLY not in str(public) and QUESTION not in str(public)
    own = (await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": filed["pin"]})).json()
    assert (own["question"], own["timeline"][-1]["words"]) == (None, REPLY)


async def test_a_question_says_until_when_it_must_be_answered(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    id, path = UUID(filed["id"]), f"/intake/pages/complaints/{filed['tracking_reference']}"
    await hold(service, filed)
    assert "Mohon dijawab sampai" not in (await client.post(path, data={"pin": filed["pin"]})).text
    limits = [limit_set(id, ROADS, clock, cycle=1, due_at=f"2025-08-{day}T17:00Z") for clock, day in LIMITS]
    await hear(service, *limits)
    page = await client.post(path, data={"pin": filed["pin"]})
    assert "Mohon dijawab sampai <strong>5 Agustus 2025 pukul 24.00 WIB</strong>" in page.text
    public = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    said = [entry["sentence"] for entry in public["timeline"] if entry["type"] == "LimitSet"]
    assert said == ["Pertanyaan kepada pelapor menunggu jawaban sampai 5 Agustus 2025 pukul 24.00 WIB."]
    # The limit of an earlier question says nothing of the next one.
    await hear(service, resumed(id, 1))
    await hold(service, filed, 2)
    own = (await client.get(path.replace("/pages", ""), headers={"Tracking-Pin": filed["pin"]})).json()
    assert (own["question"], own["answer_by"]) == (QUESTION, None)


async def test_a_reporter_answers_on_the_page_that_shows_the_question(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    await hold(service, filed)
    path = f"/intake/pages/complaints/{filed['tracking_reference']}"
    page = await client.post(path, data={"pin": filed["pin"]})
    assert QUESTION in page.text and f'action="{path}/completions"' in page.text and "<script" not in page.text
    assert QUESTION not in (await client.get(path)).text
    wrong = await client.post(f"{path}/completions", data={"pin": "WRONG", "text": "Tiang <12>."})
    assert wrong.status_code == 404 and 'id="pin-error"' in wrong.text and "Tiang &lt;12&gt;." in wrong.text
    assert QUESTION not in wrong.text and "WRONG" not in wrong.text
    empty = await client.post(f"{path}/completions", data={"pin": filed["pin"], "text": " "})
    assert empty.status_code == 422 and 'id="answer-error"' in empty.text
    assert await acts(service) == []
    done = await client.post(f"{path}/completions", data={"pin": filed["pin"], "text": REPLY})
    assert done.status_code == 202 and "Jawaban Anda diterima" in done.text
    assert [(fact.act, fact.number) for fact in await acts(service)] == [("completion", 1)]
