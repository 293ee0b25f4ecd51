"""The citizen's door in a browser: a form that files, errors at their fields, a timeline to read."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.actions import NewComplaint, NewContact
from shared.events import ComplaintForwarded, DeadlineMissed, FollowUpRecorded
from shared.service import Site
from tests.conftest import Sites
from tests.house import MONDAY, client_of
from tests.intake.make import CONTACT, ROADS, counted, receipt, receive, words

FORM = {"text": "Lampu padam.", "kind": "complaint", "zone": "+07:00", "title": "", "happened_at": ""}


@pytest.fixture
async def site(site_of: Sites) -> Site:
    return await site_of("intake")


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(site) as client:
        yield client


def labelled(html: str) -> bool:
    """Whether every field that a person fills in has a label."""
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* ?id="(\w+)"', html))
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


async def test_the_form_files_and_shows_reference_and_pin(site: Site, client: httpx.AsyncClient) -> None:
    form = {**FORM, **CONTACT, "happened_at": "2025-07-07T08:30", "anonymous": "on"}
    page = await client.post("/intake/", data=form)
    assert page.status_code == 201, page.text
    reference, pin = re.findall(r'class="secret">([^<]+)<', page.text)
    whole = await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": pin})
    assert whole.json()["anonymous"] is True
    assert whole.json()["happened_at"] == "2025-07-07T01:30:00Z"
    assert await counted(site, "complaints", "reporters") == [1, 1]


async def test_a_form_sent_twice_files_once(site: Site, client: httpx.AsyncClient) -> None:
    found = re.search(r'name="key" value="([^"]+)"', (await client.get("/intake/")).text)
    assert found
    first, second = [await client.post("/intake/", data={**FORM, "key": found[1]}) for _ in range(2)]
    assert first.text == second.text
    changed = await client.post("/intake/", data={**FORM, "key": found[1], "text": "Lain."})
    assert changed.status_code == 422 and f'value="{found[1]}"' not in changed.text
    assert await counted(site, "complaints") == [1]


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
        ({"key": "a b"}, "key"),
    ],
)
async def test_an_error_stands_at_its_field_and_what_was_written_stays(
    site: Site, client: httpx.AsyncClient, fields: dict[str, str], named: str
) -> None:
    page = await client.post("/intake/", data={**FORM, "address": "<b>Jalan</b>", **fields})
    assert page.status_code == 422
    assert f'id="{named}-error"' in page.text
    assert "&lt;b&gt;Jalan&lt;/b&gt;" in page.text
    assert await counted(site, "complaints", "outbox") == [0, 0]


names = st.sampled_from([*NewComplaint.model_fields, *NewContact.model_fields, "key", "zone"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(names, st.text(max_size=30), max_size=8), raw=st.binary(max_size=80))
async def test_no_form_is_ever_an_error_of_ours(client: httpx.AsyncClient, form: dict[str, str], raw: bytes) -> None:
    assert (await client.post("/intake/", data=form)).status_code in (201, 422)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"):
        answer = await client.post("/intake/", content=raw, headers={"Content-Type": kind})
        assert answer.status_code in (201, 400, 422), answer.text


async def test_a_file_in_place_of_a_text_is_refused(client: httpx.AsyncClient) -> None:
    page = await client.post("/intake/", files={"text": ("a.txt", b"Lampu padam.")})
    assert page.status_code == 422 and 'id="text-error"' in page.text


async def test_the_timeline_is_shown_with_words_escaped(site: Site, client: httpx.AsyncClient) -> None:
    filed = await receipt(client, contact=CONTACT)
    id = UUID(filed["id"])
    await receive(
        site,
        ComplaintForwarded(complaint_id=id, agency=ROADS, by="budi"),
        DeadlineMissed(complaint_id=id, clock="resolution", cycle=0, agency=ROADS.code, due_at=MONDAY),
        FollowUpRecorded(complaint_id=id, agency=ROADS.code, sealed=words(site, filed["id"], "<script>x</script>")),
    )
    page = await client.get(f"/intake/pages/complaints/{filed['tracking_reference']}")
    assert page.status_code == 200
    assert "Terdisposisi Sedang Diproses" in page.text and "Melewati batas waktu" in page.text
    assert ROADS.name in page.text and "7 Juli 2025 pukul 09.00 WIB" in page.text
    assert "&lt;script&gt;" in page.text and "<script" not in page.text
    assert all(value not in page.text for value in CONTACT.values())


async def test_the_box_leads_to_the_timeline_however_it_is_typed(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    typed = filed["tracking_reference"].lower().replace("-", " ")
    found = await client.get("/intake/pages/complaints", params={"reference": typed})
    assert found.status_code == 303
    assert found.headers["Location"].endswith(filed["tracking_reference"])


@pytest.mark.parametrize("path", ["?reference=%01<b>", "?reference=", "/TG-00000-00000", "/<b>"])
async def test_an_unknown_reference_is_said_to_be_unknown(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(f"/intake/pages/complaints{path}")
    assert page.status_code == 404
    assert "Laporan tidak ditemukan" in page.text and "<b>" not in page.text
