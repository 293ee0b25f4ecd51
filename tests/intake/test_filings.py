"""Filing over HTTP: accepted and refused bodies, idempotency keys, and errors by field."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.actions.filings import NewComplaint, NewContact
from tests.conftest import ServiceMaker
from tests.intake.citizen import CONTACT, Intake, complaint, counted, fields_of, file
from tests.services import client_of

FUZZ = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PATH = "/intake/complaints"


async def test_filing_answers_with_where_to_follow_it(client: httpx.AsyncClient) -> None:
    answer = await file(client, region="35.78", kind="aspiration", happened_at="2025-07-07T08:59:00+07:00")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "tracking_reference", "pin", "filed_at"}
    assert answer.headers["Location"] == f"{PATH}/{answer.json()['tracking_reference']}"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_same_key_and_body_get_the_very_same_answer(service: Intake, client: httpx.AsyncClient) -> None:
    answers = [await file(client, "key", contact=CONTACT) for _ in range(2)]
    answers += await asyncio.gather(*(file(client, "key", contact=CONTACT) for _ in range(8)))
    # Another spelling of the same complaint.
    spelled_out = {"kind": "complaint", "contact": CONTACT, "title": None, "text": f"  {complaint()['text']} "}
    answers.append(await client.post(PATH, json=spelled_out, headers={"Idempotency-Key": "key"}))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert await counted(service, "complaints", "reporters") == [1, 1]


async def test_the_same_key_with_another_body_is_a_conflict(service: Intake, client: httpx.AsyncClient) -> None:
    await file(client, "key")
    answer = await file(client, "key", anonymous=True)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:tanggap:KeyReused"
    assert await counted(service, "complaints") == [1]


@pytest.mark.parametrize("key", ["", "a b", "k" * 201, b"\xe9", "tab\there"])
async def test_a_malformed_key_is_refused_by_name(client: httpx.AsyncClient, key: Any) -> None:
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
async def test_a_bad_field_is_refused_by_name_and_nothing_is_written(
    service: Intake, client: httpx.AsyncClient, fields: dict[str, Any], named: str
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
async def test_an_unreadable_body_is_refused(service: Intake, client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await counted(service, "complaints", "outbox") == [0, 0]


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1_000):
        yield b" " * 1_000


async def test_a_too_large_body_is_refused_with_and_without_a_declared_length(
    service: Intake, client: httpx.AsyncClient
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
async def test_no_body_causes_a_server_error_or_a_partial_write(
    service: Intake, client: httpx.AsyncClient, body: object
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
async def test_no_bytes_cause_a_server_error(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


async def test_an_outage_is_answered_with_503_and_files_nothing(make_service: ServiceMaker) -> None:
    closed = await make_service("intake", intake_database_url="postgresql+asyncpg://intake@127.0.0.1:9/none")
    async with client_of(closed) as client:
        answer = await file(client)
    assert answer.status_code == 503
    assert answer.json()["status"] == 503
