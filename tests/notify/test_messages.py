"""Messages: each is written once, before it is sent; officials read, count and retry them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from services.notify import handlers
from shared.events import ComplaintFiled, Event, Fact, event_of
from shared.service import RunningService
from tests import make
from tests.make import CITY, EAST, ROADS
from tests.notify.mail import RefusingMailbox, file_complaint, filed, ledger, send_all
from tests.services import bearer, client_of


def events_of(complaint: ComplaintFiled) -> list[tuple[Fact, list[tuple[str, str]]]]:
    """Events of one complaint, each with the messages that it must give."""
    id, due = complaint.complaint_id, complaint.filed_at + timedelta(days=5)
    leader, liaison, mayor = f"{ROADS}/leader", f"{ROADS}/liaison", f"{CITY}/leader"
    return [
        (make.forwarded(id), [("reporter", "forwarded"), (liaison, "to_follow_up"), (leader, "for_leader")]),
        (make.verified(id), []),
        (make.near(id, make.seat(), percent=80, due_at=due), [(leader, "deadline_near")]),
        (make.missed(id, due_at=due), []),
        (make.escalated(id, 2, make.seat(CITY), due_at=due), [(mayor, "escalation"), ("reporter", "escalated")]),
        (make.found_vacant(id, make.seat(CITY)), [(mayor, "seat_vacant")]),
        (make.followed_up(id, sealed="v1.x.y", next_date="2025-07-21"), [("reporter", "followed_up")]),
        (make.interim_replied(id), [("reporter", "interim"), (leader, "interim_for_leader")]),
        (make.held(id), [("reporter", "question")]),
        (make.held(id, by=CITY), [("reporter", "question"), (liaison, "held_for_seat")]),
        # Until its verification the agency is only proposed.
        (make.held(id, state="UNVERIFIED", by=EAST, agency=CITY), [("reporter", "question")]),
        (make.resumed(id), [("reporter", "resumed")]),
        (make.resumed(id, by=CITY), [("reporter", "resumed"), (liaison, "resumed_for_seat")]),
        (make.resumed(id, state="UNVERIFIED", by=CITY), [("reporter", "resumed")]),
        (make.obstructed(id, sealed="v1.x.y"), [("reporter", "obstacle")]),
        (make.ordered(id), [(liaison, "ordered")]),
        (make.corrected(id), [("reporter", "corrected"), (liaison, "corrected_for_seat")]),
        (make.answered(id, sealed="v1.x.y"), [("reporter", "answered")]),
        (make.archived(id, sealed="v1.x.y"), _ended("archived", liaison, leader)),
        (make.taken_back(id), _ended("taken_back", liaison, leader)),
        (make.taken_back(id, verifier=CITY), _ended("taken_back", f"{CITY}/coordinator")),
        (make.refused(id), [("reporter", "act_refused")]),
        (make.replied(id), [(liaison, "replied")]),
        (make.replied(id, window=2, closing_taken_back=True), [("reporter", "open_again"), (liaison, "replied")]),
        (make.offered(id), [("reporter", "ombudsman"), (leader, "ombudsman_for_leader")]),
    ]


def _ended(template: str, *seats: str) -> list[tuple[str, str]]:
    return [("reporter", template), *((seat, f"{template}_for_seat") for seat in seats)]


async def test_each_event_writes_its_messages(service: RunningService) -> None:
    complaint = filed(reporter_ref=uuid4())
    await make.hear(service, complaint)
    events = events_of(complaint)
    await make.hear(service, *(fact for fact, _ in events))
    written = [(row.recipient, row.template) for row in await ledger(service)]
    assert written == [expected for _, messages in events for expected in messages]
    assert {row.reference for row in await ledger(service)} == {"TG-25-0001"}
    [followed_up] = await ledger(service, template="followed_up")
    assert followed_up.details["next_date"] == "2025-07-21"


async def test_the_leader_of_each_new_holder_is_told_once(service: RunningService) -> None:
    """Also when the verification names another agency than the routing did."""
    for number, (by_routing, by_verification, told) in enumerate(
        [(ROADS, ROADS, [ROADS]), (CITY, ROADS, [CITY, ROADS]), (CITY, EAST, [CITY, EAST])]
    ):
        complaint = filed(number)
        id = complaint.complaint_id
        await make.hear(service, complaint, make.routed(id, by_routing), make.forwarded(id, by_verification))
        assert [row.agency for row in await ledger(service, complaint_id=id, template="for_leader")] == told


async def test_the_leader_is_told_at_every_later_forwarding(service: RunningService) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, complaint, make.routed(id), make.forwarded(id))
    await make.hear(service, make.forwarded(id, CITY, 1, previous=ROADS), make.forwarded(id, ROADS, 2, previous=CITY))
    assert [row.agency for row in await ledger(service, template="for_leader")] == [ROADS, CITY, ROADS]


async def test_a_leader_whom_no_message_reached_is_told_at_the_verification(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, make.published(ROADS, "leader"), complaint, make.routed(complaint.complaint_id))
    await send_all(service)
    await make.hear(service, make.forwarded(complaint.complaint_id))
    assert len(await ledger(service, template="for_leader")) == 2


async def test_a_row_of_a_later_release_does_not_stop_the_list(service: RunningService) -> None:
    await file_complaint(service, 1)
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET state = 'read', kind = 'group', outcome = 'seen' WHERE agency IS NULL")
    async with client_of(service) as client:
        for path in ("messages", "summary"):
            answer = await client.get(f"/notify/{path}", headers=bearer(service, "operator"))
            assert answer.status_code == 200 and "read" in answer.text


async def test_events_delivered_twice_add_no_message(service: RunningService) -> None:
    complaint = filed()
    facts = [complaint, make.routed(complaint.complaint_id), *(fact for fact, _ in events_of(complaint))]
    events = await make.hear(service, *facts)
    before = await ledger(service)
    await make.redeliver(service, events)
    assert await ledger(service) == before


async def test_handlers_that_run_twice_add_no_message(service: RunningService) -> None:
    complaint = filed()
    facts = (complaint, make.routed(complaint.complaint_id))
    events: list[Event[Any]] = [event_of(fact, service.now()) for fact in facts]
    for _ in range(2):
        async with service.begin() as tx:
            for event in events:
                await handlers.HANDLERS[type(event.fact)](tx, [event])
    assert len(await ledger(service)) == 4


async def test_the_send_key_is_unique(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id))
    copy = (
        "INSERT INTO messages (event_id, recipient, channel, kind, complaint_id, about, template, details,"
        " next_try_at, created_at) SELECT event_id, recipient, channel, kind, complaint_id, about, template, details,"
        " next_try_at, created_at FROM messages LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="messages_send_key"):
        async with service.begin() as tx:
            await tx.execute(copy)


# The doors


async def test_the_ledger_is_read_by_complaint_state_and_page(service: RunningService) -> None:
    first = await file_complaint(service, 1)
    await file_complaint(service, 2, email=None)
    await send_all(service)
    async with client_of(service) as client:
        head = bearer(service, "overseer")
        found = (await client.get("/notify/messages", headers=head)).json()["items"]
        assert len(found) == 8 and found[0]["reference"] == "TG-25-0001" and found[0]["state"] == "sent"
        of_first = await client.get(f"/notify/messages?complaint_id={first.complaint_id}", headers=head)
        assert len(of_first.json()["items"]) == 4
        skipped = (await client.get("/notify/messages?state=skipped", headers=head)).json()["items"]
        assert [row["reason"] for row in skipped] == ["no_email"]
        start = (await client.get("/notify/messages?limit=3", headers=head)).json()
        page = (await client.get(f"/notify/messages?after={start['next']}&limit=2", headers=head)).json()
        assert page["items"] == found[3:5]
        end = (await client.get(f"/notify/messages?after={page['next']}&limit=3", headers=head)).json()
        assert end == {"items": found[5:], "next": None}


async def test_an_overseer_reads_no_message_about_a_confidential_complaint(service: RunningService) -> None:
    await file_complaint(service, 1, confidential=True)
    await file_complaint(service, 2)
    await send_all(service)
    seen = {}
    async with client_of(service) as client:
        for role in ("overseer", "admin"):
            page = (await client.get("/notify/messages", headers=bearer(service, role))).json()
            seen[role] = {row["reference"] for row in page["items"]}
    assert seen == {"overseer": {"TG-25-0002"}, "admin": {"TG-25-0001", "TG-25-0002"}}


async def test_the_ledger_shows_no_address_and_no_reporter(service: RunningService) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    async with client_of(service) as client:
        text = (await client.get("/notify/messages", headers=bearer(service, "admin"))).text
    assert "@" not in text and "example" not in text and str(complaint.reporter_ref) not in text


async def test_the_summary_counts_by_state_and_reason(service: RunningService) -> None:
    await file_complaint(service, 1)
    await file_complaint(service, 2, email=None)
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


async def test_a_failed_message_is_tried_again_and_a_sent_one_is_not(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals["siti@warga.example"] = "550 unknown"
    await file_complaint(service)
    await send_all(service)
    mailbox.refusals.clear()
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


async def test_a_message_that_is_no_longer_true_is_not_tried_again(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 1, make.seat(ROADS)))
    await make.hear(service, make.withdrawn(complaint.complaint_id, 1))
    [row] = await ledger(service, template="escalation")
    async with client_of(service) as client:
        head = bearer(service, "operator")
        assert (await client.post(f"/notify/messages/{row.id}/retries", headers=head)).status_code == 409
    assert not await send_all(service)
