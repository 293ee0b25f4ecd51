"""A complaint is shown in full to the officials concerned."""

from uuid import uuid4

import httpx
import pytest

from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT
from tests.routing.complaints import NARRATIVE, VERIFY, WORDS, assigned, get, post


async def test_a_complaint_is_shown_in_full_without_its_reporter(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    reporter = uuid4()
    id = await assigned(service, reporter_ref=reporter)
    await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY, note="Sudah dicek")
    await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)
    await post(client, service, id, "forwards", "liaison", ROADS, reason="Bukan kami")
    answer = await get(client, service, f"/complaints/{id}", "leader", CITY)
    shown = answer.json()
    assert (shown["text"], shown["title"], shown["address"]) == (NARRATIVE, "Jalan rusak", "Jalan Contoh 1")
    assert "Dinas Pekerjaan Umum" in shown["explanation"] and shown["holder"] == CITY
    assert [(act["kind"], act["text"]) for act in shown["acts"]] == [
        ("verification", "Sudah dicek"),
        ("follow-up", WORDS["text"]),
        ("forward", "Bukan kami"),
    ]
    assert str(reporter) not in answer.text and "reporter" not in answer.text


@pytest.mark.parametrize(
    ("role", "agency", "open_one", "confidential_one"),
    [
        ("liaison", ROADS, 200, 200),
        ("coordinator", CITY, 200, 200),
        ("leader", "35", 200, 200),
        ("admin", None, 200, 200),
        ("overseer", None, 200, 403),
        ("overseer", "K20", 200, 403),
        ("liaison", TRANSPORT, 403, 403),
        ("coordinator", "91.71", 403, 403),
        ("coordinator", None, 403, 403),
        ("operator", None, 403, 403),
    ],
)
async def test_who_sees_a_complaint(
    client: httpx.AsyncClient,
    service: RunningService,
    role: str,
    agency: str | None,
    open_one: int,
    confidential_one: int,
) -> None:
    first, second = await assigned(service), await assigned(service, confidential=True)
    assert (await get(client, service, f"/complaints/{first}", role, agency)).status_code == open_one
    assert (await get(client, service, f"/complaints/{second}", role, agency)).status_code == confidential_one
