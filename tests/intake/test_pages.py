"""The citizen's door in a browser: a form that files, errors at their fields, a timeline to read."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.actions.filings import NewComplaint, NewContact
from tests.intake.citizen import CONTACT, Intake, counted, receipt, words
from tests.make import ROADS, answered, escalated, followed_up, forwarded, hear, missed, ref

FORM = {"text": "Lampu padam.", "kind": "complaint", "zone": "+07:00", "title": "", "happened_at": ""}


def labelled(html: str) -> bool:
    """Whether every field that a person fills in has a label."""
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* id="(\w+)"', html))
    return fields == set(re.findall(r'<label for="(\w+)"', html)) and len(fields) > 0


async def test_the_form_is_indonesian_labelled_and_locked_down(client: httpx.AsyncClient) -> None:
    page = await client.get("/intake/")
    assert page.status_code == 200
    assert '<html lang="id">' in page.text
    assert labelled(page.text)
    assert "<script" not in page.text and "style=" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert (await client.get("/intake/pages/style.css")).headers["Content-Type"].startswith("text/css")


async def test_the_form_files_and_shows_reference_and_pin(service: Intake, client: httpx.AsyncClient) -> None:
    form = {**FORM, **CONTACT, "happened_at": "2025-07-07T08:30", "anonymous": "on"}
    page = await client.post("/intake/", data=form)
    assert page.status_code == 201, page.text
    reference, pin = re.findall(r'class="secret">([^<]+)<', page.text)
    whole = await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": pin})
    assert whole.json()["anonymous"] is True
    assert whole.json()["happened_at"] == "2025-07-07T01:30:00Z"
    assert await counted(service, "complaints", "reporters") == [1, 1]


async def test_a_form_sent_twice_files_once(service: Intake, client: httpx.AsyncClient) -> None:
    found = re.search(r'name="key" value="([^"]+)"', (await client.get("/intake/")).text)
    assert found
    first, second = [await client.post("/intake/", data={**FORM, "key": found[1]}) for _ in range(2)]
    assert first.text == second.text
    changed = await client.post("/intake/", data={**FORM, "key": found[1], "text": "Lain."})
    assert changed.status_code == 409 and f'value="{found[1]}"' not in changed.text
    assert await counted(service, "complaints") == [1]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"text": " "}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"email": "sri"}, "email"),
        ({"phone": "1"}, "phone"),
        ({"name": "Sri"}, "contact"),
        ({"kind": "praise"}, "kind"),
        ({"region": "a b"}, "region"),
        ({"happened_at": "2026-01-01T00:00"}, "happened_at"),
        ({"happened_at": "kemarin"}, "happened_at"),
        ({"happened_at": "1700000000", "zone": ""}, "happened_at"),
        ({"key": "a b"}, "key"),
    ],
)
async def test_an_error_is_shown_at_its_field_and_the_form_keeps_its_values(
    service: Intake, client: httpx.AsyncClient, fields: dict[str, str], named: str
) -> None:
    page = await client.post("/intake/", data={**FORM, "address": "<b>Jalan</b>", **fields})
    assert page.status_code == 422
    assert f'id="{named}-error"' in page.text
    assert "&lt;b&gt;Jalan&lt;/b&gt;" in page.text
    assert await counted(service, "complaints", "outbox") == [0, 0]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("region", "bukan kode yang sah, misalnya 35.78"),
        ("email", "bukan alamat surel yang sah"),
        ("phone", "bukan nomor telepon yang sah"),
    ],
)
async def test_an_error_says_what_the_field_needs(client: httpx.AsyncClient, field: str, said: str) -> None:
    assert f'id="{field}-error">{said}<' in (await client.post("/intake/", data={**FORM, field: "a b"})).text


names = st.sampled_from([*NewComplaint.model_fields, *NewContact.model_fields, "key", "zone"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(names, st.text(max_size=30), max_size=8), raw=st.binary(max_size=80))
async def test_no_form_causes_a_server_error(client: httpx.AsyncClient, form: dict[str, str], raw: bytes) -> None:
    assert (await client.post("/intake/", data=form)).status_code in (
        201,
        409,
        422,
    )  # 409: two generated forms had one key.
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"):
        answer = await client.post("/intake/", content=raw, headers={"Content-Type": kind})
        assert answer.status_code in (201, 400, 422), answer.text


async def test_a_file_in_place_of_a_text_is_refused(client: httpx.AsyncClient) -> None:
    page = await client.post("/intake/", files={"text": ("a.txt", b"Lampu padam.")})
    assert page.status_code == 422 and 'id="text-error"' in page.text


async def test_the_timeline_is_shown_with_words_escaped(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client, contact=CONTACT)
    id = UUID(filed["id"])
    await hear(
        service,
        forwarded(id),
        missed(id, "resolution"),
        followed_up(id, sealed=words(service, filed["id"], "<script>x</script>")),
    )
    page = await client.get(f"/intake/pages/complaints/{filed['tracking_reference']}")
    assert page.status_code == 200
    assert "Terdisposisi Sedang Diproses" in page.text and "Melewati batas waktu" in page.text
    assert ref(ROADS).name in page.text and "7 Juli 2025 pukul 09.00 WIB" in page.text
    assert "&lt;script&gt;" in page.text and "<script" not in page.text
    assert all(value not in page.text for value in CONTACT.values())
    # Time is kept by sla, whose page says which limit runs and who was told.
    assert f'href="/sla/pages/complaints/{filed["tracking_reference"]}"' in page.text


async def test_the_reference_box_leads_to_the_timeline_in_any_spelling(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    typed = filed["tracking_reference"].lower().replace("-", " ")
    found = await client.get("/intake/pages/complaints", params={"reference": typed})
    assert found.status_code == 303
    assert found.headers["Location"].endswith(filed["tracking_reference"])


@pytest.mark.parametrize("path", ["?reference=%01<b>", "?reference=", "/TG-00000-00000", "/<b>"])
async def test_an_unknown_reference_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(f"/intake/pages/complaints{path}")
    assert page.status_code == 404
    assert "Laporan tidak ditemukan" in page.text and "<b>" not in page.text


SECRET = {
    "title": "Gelap di <Gang> Mawar",
    "text": "Lampu padam\nsejak Senin.",
    "address": "Jalan Melati 12",
    "happened_at": "2025-07-06T19:00:00+07:00",
    "confidential": True,
}
SHOWN = ("Gelap di &lt;Gang&gt; Mawar", "Lampu padam\nsejak Senin.", "Jalan Melati 12", "6 Juli 2025 pukul 19.00 WIB")


async def answered_complaint(service: Intake, client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """A confidential complaint that has been answered: the address of its page, and its receipt."""
    filed = await receipt(client, **SECRET)
    sealed = words(service, filed["id"], "Lampu <sudah> diganti.")
    await hear(service, answered(UUID(filed["id"]), sealed=sealed))
    return f"/intake/pages/complaints/{filed['tracking_reference']}", filed


async def test_the_pin_opens_every_word_and_what_was_filed(service: Intake, client: httpx.AsyncClient) -> None:
    path, filed = await answered_complaint(service, client)
    public = await client.get(path)
    assert public.status_code == 200 and labelled(public.text) and '<form method="post"' in public.text
    assert not any(secret in public.text for secret in (*SHOWN, "diganti"))
    page = await client.post(path, data={"pin": filed["pin"].lower()})
    assert page.status_code == 200
    assert all(secret in page.text for secret in (*SHOWN, "Lampu &lt;sudah&gt; diganti."))
    assert filed["pin"] not in page.text and "<script" not in page.text
    for answer in (public, page):
        assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("form", [{"pin": "WRONG"}, {"pin": ""}, {}, {"pin": "é" * 3_000}, {"pin": "0" * 8}])
async def test_a_wrong_pin_is_refused_at_its_field_with_the_title_of_the_api(
    service: Intake, client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    path, filed = await answered_complaint(service, client)
    reference = f"/intake/complaints/{filed['tracking_reference']}"
    refused = await client.get(reference, headers={"Tracking-Pin": "WRONG", "Accept-Language": "id"})
    page = await client.post(path, data=form)
    assert page.status_code == refused.status_code == 404
    assert f'id="pin-error" role="alert">{refused.json()["title"]}<' in page.text
    assert 'aria-invalid="true" aria-describedby="pin-error"' in page.text and labelled(page.text)
    assert not any(secret in page.text for secret in (*SHOWN, "diganti", "WRONG", "0" * 8))
    assert page.headers["Cache-Control"] == "no-store"


async def test_a_refusal_does_not_tell_whether_the_complaint_exists(service: Intake, client: httpx.AsyncClient) -> None:
    _, filed = await answered_complaint(service, client)
    known, unknown = filed["tracking_reference"], "TG-00000-00000"
    refusals = [
        await client.post(f"/intake/pages/complaints/{reference.lower()}", data={"pin": "WRONG"})
        for reference in (known, unknown)
    ]
    assert [page.status_code for page in refusals] == [404, 404]
    assert refusals[0].text.replace(known, unknown) == refusals[1].text
    assert refusals[0].headers.keys() == refusals[1].headers.keys()


PARTS: list[dict[str, Any]] = [{"content": b"\xff\x00"}, {"files": {"pin": ("a.txt", b"x")}}, {"data": {"other": "x"}}]


@pytest.mark.parametrize("sent", PARTS)
async def test_a_request_without_a_pin_is_refused(client: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    page = await client.post("/intake/pages/complaints/<b>", **sent)
    assert page.status_code == 404 and 'id="pin-error"' in page.text and "<b>" not in page.text


@pytest.mark.parametrize("path", ["/intake/", "/intake/pages/complaints/TG-00000-00000"])
async def test_a_form_of_files_or_of_too_many_fields_is_refused(client: httpx.AsyncClient, path: str) -> None:
    many = {f"n{n}": "" for n in range(200)}
    for sent in ({"files": {"one": b"x", "two": b"x"}}, {"data": many, "files": {"one": b"x"}}):
        answer = await client.post(path, **sent)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_of_a_climb_that_recurs_the_page_shows_the_last_time_and_the_timeline_each(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    id, reference = UUID(filed["id"]), filed["tracking_reference"]
    rounds = [escalated(id, 3, clock=clock, round=n) for n in (1, 2, 3) for clock in ("follow_up", "resolution")]
    await hear(service, escalated(id, 3), *rounds)
    page = (await client.get(f"/intake/pages/complaints/{reference}")).text
    assert page.count("ulangan ke-3") == 2 and "ulangan ke-2" not in page and "naik lagi setiap pekan" in page
    assert "3: jenjang tertinggi dan admin nasional" in page
    whole = (await client.get(f"/intake/complaints/{reference}/timeline")).json()["timeline"]
    assert len(whole) == 7


async def test_a_page_without_a_climb_that_recurs_does_not_speak_of_it(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/intake/pages/complaints/{(await receipt(client))['tracking_reference']}")).text
    assert "naik lagi setiap pekan" not in page and "Belum ada" in page
