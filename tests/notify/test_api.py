"""The ledger's door: who may look, what is never shown, and a second try."""

import pytest

from shared.service import RunningService
from tests.house import bearer, client_of
from tests.notify.house import Grumbler, hear_complaint, ledger, send_all


async def test_the_ledger_is_read_by_complaint_state_and_page(service: RunningService) -> None:
    first = await hear_complaint(service, 1)
    await hear_complaint(service, 2, email=None)
    await send_all(service)
    async with client_of(service) as client:
        head = bearer(service, "overseer")
        found = (await client.get("/notify/messages", headers=head)).json()
        assert len(found) == 8 and found[0]["reference"] == "TG-25-0001" and found[0]["state"] == "sent"
        of_first = await client.get(f"/notify/messages?complaint_id={first.complaint_id}", headers=head)
        assert len(of_first.json()) == 4
        skipped = (await client.get("/notify/messages?state=skipped", headers=head)).json()
        assert [row["reason"] for row in skipped] == ["no_email"]
        page = (await client.get(f"/notify/messages?after={found[2]['id']}&limit=2", headers=head)).json()
        assert page == found[3:5]


async def test_an_overseer_reads_nothing_of_a_confidential_complaint(service: RunningService) -> None:
    await hear_complaint(service, 1, confidential=True)
    await hear_complaint(service, 2)
    await send_all(service)
    seen = {}
    async with client_of(service) as client:
        for role in ("overseer", "admin"):
            rows = (await client.get("/notify/messages", headers=bearer(service, role))).json()
            seen[role] = {row["reference"] for row in rows}
    assert seen == {"overseer": {"TG-25-0002"}, "admin": {"TG-25-0001", "TG-25-0002"}}


async def test_no_address_and_no_reporter_is_shown(service: RunningService) -> None:
    complaint = await hear_complaint(service)
    await send_all(service)
    async with client_of(service) as client:
        text = (await client.get("/notify/messages", headers=bearer(service, "admin"))).text
    assert "@" not in text and "example" not in text and str(complaint.reporter_ref) not in text


async def test_the_summary_counts_by_state_and_reason(service: RunningService) -> None:
    await hear_complaint(service, 1)
    await hear_complaint(service, 2, email=None)
    await send_all(service)
    async with client_of(service) as client:
        answer = await client.get("/notify/summary", headers=bearer(service, "operator"))
    assert answer.json() == [
        {"state": "sent", "reason": None, "messages": 7},
        {"state": "skipped", "reason": "no_email", "messages": 1},
    ]


@pytest.mark.parametrize(
    ("method", "path", "role", "status"),
    [
        ("GET", "messages", "liaison", 403),
        ("GET", "summary", "overseer", 403),
        ("POST", "messages/1/retries", "overseer", 403),
        ("GET", "messages", None, 401),
        ("GET", "messages?limit=0", "admin", 422),
        ("GET", "messages?after=-1", "admin", 422),
        ("GET", "messages?after=9223372036854775808", "admin", 422),
        ("GET", "messages?state=lost", "admin", 422),
        ("GET", "messages?complaint_id=x", "admin", 422),
        ("POST", "messages/9223372036854775808/retries", "admin", 422),
        ("POST", "messages/9223372036854775807/retries", "admin", 404),
    ],
)
async def test_bad_requests_are_refused(
    service: RunningService, method: str, path: str, role: str | None, status: int
) -> None:
    async with client_of(service) as client:
        head = bearer(service, role) if role else {}
        assert (await client.request(method, f"/notify/{path}", headers=head)).status_code == status


async def test_a_failed_message_is_tried_again_and_a_sent_one_is_not(service: RunningService, box: Grumbler) -> None:
    box.refusals["siti@warga.example"] = "550 unknown"
    await hear_complaint(service)
    await send_all(service)
    box.refusals.clear()
    (failed,), sent = await ledger(service, state="failed"), await ledger(service, state="sent")
    async with client_of(service) as client:
        head = bearer(service, "operator")
        again = await client.post(f"/notify/messages/{failed.id}/retries", headers=head)
        assert (again.status_code, again.json()) == (202, {"message_id": failed.id})
        assert (await client.post(f"/notify/messages/{failed.id}/retries", headers=head)).status_code == 409
        assert (await client.post(f"/notify/messages/{sent[0].id}/retries", headers=head)).status_code == 409
    assert await send_all(service) == 1
    (row,) = await ledger(service, id=failed.id)
    assert row.state == "sent" and row.mail_id != failed.mail_id
