"""The citizen's door over HTTP: what it accepts, what it refuses and how, and who may see what."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.actions import NewComplaint, NewContact
from shared.events import ComplaintFiled, ComplaintForwarded, FollowUpRecorded
from shared.service import RunningService
from tests.conftest import Sites
from tests.house import bearer, client_of, staged
from tests.intake.make import CONTACT, ROADS, complaint, counted, file, receipt, receive, words

FUZZ = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PATH = "/intake/complaints"


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("intake")


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client


def fields_of(answer: httpx.Response) -> list[str]:
    problem = answer.json()
    return [problem["field"]] if "field" in problem else [error["field"] for error in problem["errors"]]


async def test_filing_answers_with_where_to_follow_it(client: httpx.AsyncClient) -> None:
    answer = await file(client, region="35.78", kind="aspiration", happened_at="2025-07-07T08:59:00+07:00")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "tracking_reference", "pin", "filed_at"}
    assert answer.headers["Location"] == f"{PATH}/{answer.json()['tracking_reference']}"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_same_key_and_body_get_the_very_same_answer(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    answers = [await file(client, "key", contact=CONTACT) for _ in range(2)]
    answers += await asyncio.gather(*(file(client, "key", contact=CONTACT) for _ in range(8)))
    # Written otherwise, meant the same.
    spelled_out = {"kind": "complaint", "contact": CONTACT, "title": None, "text": f"  {complaint()['text']} "}
    answers.append(await client.post(PATH, json=spelled_out, headers={"Idempotency-Key": "key"}))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert await counted(service, "complaints", "reporters") == [1, 1]


async def test_the_same_key_with_another_body_is_a_conflict(service: RunningService, client: httpx.AsyncClient) -> None:
    await file(client, "key")
    answer = await file(client, "key", anonymous=True)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:tanggap:IdempotencyKeyReused"
    assert await counted(service, "complaints") == [1]


@pytest.mark.parametrize("key", ["", "a b", "k" * 201, b"\xe9", "tab\there"])
async def test_a_key_that_is_no_key_is_refused_by_name(client: httpx.AsyncClient, key: Any) -> None:
    answer = await client.post(PATH, json=complaint(), headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert "idempotency" in fields_of(answer)[0].lower()


BAD: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "text"),
    ({"text": "   "}, "text"),
    ({"text": "x" * 10_001}, "text"),
    ({"text": None}, "text"),
    ({"text": 1}, "text"),
    ({"text": "a\x00b"}, "text"),
    ({"text": "a\u001bb"}, "text"),
    ({"title": "x" * 201}, "title"),
    ({"title": "a\nb"}, "title"),
    ({"kind": "praise"}, "kind"),
    ({"channel": ["web"]}, "channel"),
    ({"region": "35.78; DROP"}, "region"),
    ({"agency": {"code": "x"}}, "agency"),
    ({"address": "x" * 2_001}, "address"),
    ({"happened_at": "2025-07-07T02:00:01Z"}, "happened_at"),
    ({"happened_at": "2025-07-07T02:00:00"}, "happened_at"),
    ({"happened_at": "0001-01-01T00:00:00+14:00"}, "happened_at"),
    ({"happened_at": "9999-12-31T23:59:59-14:00"}, "happened_at"),
    ({"happened_at": 1_700_000_000}, "happened_at"),
    ({"happened_at": "1700000000"}, "happened_at"),
    ({"happened_at": 1_700_000_000.5}, "happened_at"),
    ({"happened_at": 10**400}, "happened_at"),
    ({"happened_at": float("inf")}, "happened_at"),
    ({"anonymous": "yes"}, "anonymous"),
    ({"confidential": 1}, "confidential"),
    ({"contact": {}}, "contact"),
    ({"contact": {"name": "Sri"}}, "contact"),
    ({"contact": {"email": "sri"}}, "contact.email"),
    ({"contact": {"email": "sri@localhost"}}, "contact.email"),
    ({"contact": {"email": "a@b.id\r\nBcc: c@d.id"}}, "contact.email"),
    ({"contact": {"email": "a@" + "b" * 250 + ".id"}}, "contact.email"),
    ({"contact": {"phone": "12"}}, "contact.phone"),
    ({"contact": {"phone": "+62abc1234567"}}, "contact.phone"),
    ({"contact": {"email": "a@b.id", "nik": "3578"}}, "contact.nik"),
    ({"priority": "high"}, "priority"),
]


@pytest.mark.parametrize(("fields", "named"), BAD, ids=lambda value: str(value)[:40])
async def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_written(
    service: RunningService, client: httpx.AsyncClient, fields: dict[str, Any], named: str
) -> None:
    body = json.dumps(complaint(**fields))
    answer = await client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert fields_of(answer) == [named]
    assert await counted(service, "complaints", "outbox") == [0, 0]


@pytest.mark.parametrize("email", ["sri@contoh.id", "s.r_i+x@a-b.contoh.co.id", "o'neil@x1.id"])
async def test_an_ordinary_address_is_accepted(client: httpx.AsyncClient, email: str) -> None:
    assert (await file(client, contact={"email": email})).status_code == 201


@pytest.mark.parametrize("phone", ["081234567890", "+62 812-3456-7890", "031 531-2144", "1500123"])
async def test_an_ordinary_telephone_number_is_accepted(client: httpx.AsyncClient, phone: str) -> None:
    assert (await file(client, contact={"phone": phone})).status_code == 201


UNREADABLE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"text": "a',
    b'{"text": "\\ud800"}',
    b'{"\\ud800": 1, "text": "a"}',
    b'{"text": ' + b"9" * 5_000 + b"}",
    b'{"text": NaN}',
    b"[" * 100_000,
    b'{"text":' + b'{"a":' * 30_000 + b"1" + b"}" * 30_001,
    b'{"contact":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    b'{"contact": {"\\udfff": 1}, "text": "a"}',
    b'{"region": "\\udfff", "text": "a"}',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:20]))
async def test_a_body_that_is_no_complaint_is_refused(
    service: RunningService, client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await counted(service, "complaints", "outbox") == [0, 0]


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1_000):
        yield b" " * 1_000


async def test_a_body_that_is_too_large_is_refused_with_and_without_a_declared_length(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    limit = service.settings.body_limit_bytes
    declared = await client.post(PATH, content=b" " * (limit + 1))
    chunked = await client.post(PATH, content=_chunks(limit + 10_000))
    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert await counted(service, "complaints") == [0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*NewComplaint.model_fields, *NewContact.model_fields])
likely = st.sampled_from(
    ["complaint", "web", "35.78", True, "2025-07-01T00:00:00Z", "2031-01-01T00:00:00Z", "\x00", "\ud800", 10**30]
)
values = likely | json_values | st.dictionaries(names, likely | json_values, max_size=3)
bodies = st.dictionaries(names | st.text(max_size=5), values, max_size=6) | json_values


@FUZZ
@given(body=bodies)
async def test_no_body_is_ever_an_error_of_ours_or_half_written(
    service: RunningService, client: httpx.AsyncClient, body: object
) -> None:
    before = await counted(service, "complaints", "outbox", "reporters")
    content = json.dumps(body).encode()
    answer = await client.post(PATH, content=content, headers={"Content-Type": "application/json"})
    after = await counted(service, "complaints", "outbox", "reporters")
    if answer.status_code == 201:
        assert after[0] == before[0] + 1
        return
    assert answer.status_code == 422, answer.text
    assert all(fields_of(answer))
    assert after == before


@FUZZ
@given(content=st.binary(max_size=200))
async def test_no_bytes_are_ever_an_error_of_ours(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


@FUZZ
@given(typed=st.text(min_size=1, max_size=30).filter(lambda text: "/" not in text and text not in (".", "..")))
async def test_no_reference_is_ever_an_error_of_ours(client: httpx.AsyncClient, typed: str) -> None:
    path = f"{PATH}/{quote(typed.encode('utf-8', 'surrogatepass'), safe='')}"
    for url, headers in ((path, {"Tracking-Pin": "X"}), (f"{path}/timeline", {})):
        assert (await client.get(url, headers=headers)).status_code in (400, 404)


async def test_many_are_filed_in_order_by_an_integration(service: RunningService, client: httpx.AsyncClient) -> None:
    body = {"complaints": [complaint(title=str(n), idempotency_key=f"k{n}", channel="partner") for n in range(50)]}
    headers = bearer(service, "integration")
    first, again = [await client.post(f"{PATH}:batch", json=body, headers=headers) for _ in range(2)]
    assert first.status_code == 201
    assert first.content == again.content
    for n, filed in enumerate(first.json()):
        whole = await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": filed["pin"]})
        assert whole.json()["title"] == str(n)
    assert await counted(service, "complaints", "outbox") == [50, 50]


@pytest.mark.parametrize(
    ("position", "fields", "named"),
    [
        (3, {"text": ""}, "complaints.3.text"),
        (0, {"happened_at": "2030-01-01T00:00:00Z"}, "complaints.0.happened_at"),
        (2, {"contact": {"name": "Sri"}}, "complaints.2.contact"),
        (1, {"idempotency_key": "a b"}, "complaints.1.idempotency_key"),
    ],
)
async def test_one_bad_complaint_refuses_the_list_by_index_and_name(
    service: RunningService, client: httpx.AsyncClient, position: int, fields: dict[str, Any], named: str
) -> None:
    many = [complaint() for _ in range(5)]
    many[position] = complaint(**fields)
    answer = await client.post(f"{PATH}:batch", json={"complaints": many}, headers=bearer(service, "admin"))
    assert (answer.status_code, fields_of(answer)) == (422, [named])
    assert await counted(service, "complaints", "outbox") == [0, 0]


async def test_a_key_used_before_is_told_by_its_place_in_the_list(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    headers = bearer(service, "integration")
    keyed = [complaint(title=str(n), idempotency_key=f"k{n}") for n in range(5)]
    await client.post(f"{PATH}:batch", json={"complaints": keyed}, headers=headers)
    keyed[3]["title"] = "Lain"
    answer = await client.post(f"{PATH}:batch", json={"complaints": keyed}, headers=headers)
    assert (answer.status_code, fields_of(answer)) == (409, ["complaints.3.idempotency_key"])
    assert await counted(service, "complaints") == [5]


@pytest.mark.parametrize("key", ["k", ""])
async def test_one_key_for_a_whole_list_is_refused_and_nothing_is_filed(
    service: RunningService, client: httpx.AsyncClient, key: str
) -> None:
    headers = {**bearer(service, "integration"), "Idempotency-Key": key}
    answer = await client.post(f"{PATH}:batch", json={"complaints": [complaint()]}, headers=headers)
    assert (answer.status_code, fields_of(answer)) == (422, ["Idempotency-Key"])
    assert "idempotency_key" in answer.json()["title"]
    assert await counted(service, "complaints") == [0]


async def test_the_keys_of_one_caller_are_not_those_of_another(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    await file(client, "k", title="Umum")
    many = {"complaints": [complaint(idempotency_key="k")]}
    answer = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "integration"))
    assert answer.status_code == 201


@pytest.mark.parametrize("count", [0, 1_001])
async def test_an_empty_or_endless_list_is_refused(
    service: RunningService, client: httpx.AsyncClient, count: int
) -> None:
    many = {"complaints": [complaint(text="x")] * count}
    answer = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "integration"))
    assert (answer.status_code, fields_of(answer)) == (422, ["complaints"])


async def test_only_officials_who_pass_complaints_on_may_file_many(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    many = {"complaints": [complaint()]}
    assert (await client.post(f"{PATH}:batch", json=many)).status_code == 401
    refused = await client.post(f"{PATH}:batch", json=many, headers=bearer(service, "liaison", ROADS.code))
    assert refused.status_code == 403
    assert await counted(service, "complaints") == [0]


@pytest.mark.parametrize("switch", [{"anonymous": True}, {"confidential": True}, {}])
async def test_a_reporter_opens_their_complaint_with_every_word(
    service: RunningService, client: httpx.AsyncClient, switch: dict[str, bool]
) -> None:
    filed = await receipt(client, title="Gelap", address="Jalan Melati 12", contact=CONTACT, **switch)
    await _followed_up(service, filed["id"])
    headers = {"Tracking-Pin": filed["pin"].lower()}
    answer = await client.get(f"{PATH}/{filed['tracking_reference'].lower()}", headers=headers)
    whole = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (whole["text"], whole["address"]) == (complaint()["text"], "Jalan Melati 12")
    assert whole["status"] == "Terdisposisi Sedang Diproses"
    assert [entry["words"] for entry in whole["timeline"]] == ["Salah alamat.", "Petugas berangkat."]


async def test_the_public_reads_words_unless_the_complaint_is_confidential(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    for confidential, heard in ((False, ["Salah alamat.", "Petugas berangkat."]), (True, [None, None])):
        filed = await receipt(client, title="Gelap", contact=CONTACT, confidential=confidential)
        await _followed_up(service, filed["id"])
        seen = await client.get(f"{PATH}/{filed['tracking_reference']}/timeline")
        assert [entry["words"] for entry in seen.json()["timeline"]] == heard
        for secret in ("Gelap", complaint()["text"], filed["pin"], filed["id"], *CONTACT.values()):
            assert secret not in seen.text


async def _followed_up(service: RunningService, id: str) -> None:
    reason = words(service, id, "Salah alamat.")
    await receive(
        service,
        ComplaintForwarded(complaint_id=id, agency=ROADS, by="budi", previous="35.78.dlh", sealed=reason),
        FollowUpRecorded(complaint_id=id, agency=ROADS.code, sealed=words(service, id, "Petugas berangkat.")),
    )


async def test_a_wrong_pin_and_an_unknown_reference_get_the_same_answer(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    wrong = await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": "00000000"})
    unknown = await client.get(f"{PATH}/TG-00000-00000", headers={"Tracking-Pin": filed["pin"]})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (404, wrong.content)


async def test_without_a_pin_only_the_timeline_is_open(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    assert (await client.get(f"{PATH}/{filed['tracking_reference']}")).status_code == 401
    assert (await client.get(f"{PATH}/{filed['tracking_reference']}/timeline")).status_code == 200


async def test_a_complaint_just_filed_has_a_timeline_before_its_event_is_back(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    path = f"{PATH}/{filed['tracking_reference']}/timeline"
    before = (await client.get(path)).json()
    await receive(service, *[fact for fact in await staged(service) if isinstance(fact, ComplaintFiled)])
    assert (await client.get(path)).json() == before
    assert before["timeline"][0]["sentence"] == "Laporan diterima."


async def test_an_outage_is_said_to_be_one_and_files_nothing(site_of: Sites) -> None:
    closed = await site_of("intake", intake_database_url="postgresql+asyncpg://intake@127.0.0.1:9/none")
    async with client_of(closed) as client:
        answer = await file(client)
    assert answer.status_code == 503
    assert answer.json()["status"] == 503
