"""Hearing: the ledger has each message once, before anything is sent."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from services.notify import handlers
from shared import inbox
from shared.bus import Message
from shared.clock import ManualClock
from shared.events import (
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintVerified,
    DeadlineMissed,
    DeadlineNear,
    Event,
    Fact,
    FollowUpRecorded,
    OmbudsmanOffered,
    SeatFoundVacant,
    encode,
    event_of,
)
from shared.service import RunningService
from tests.notify.house import ABOVE, WORKS, agency, contact, filed, hear, ledger, ref, routed, seat


def news_of(complaint: ComplaintFiled) -> list[tuple[Fact, list[tuple[str, str]]]]:
    """Facts of one complaint, each with the messages it must give."""
    id, due = complaint.complaint_id, complaint.filed_at + timedelta(days=5)
    forwarded = ComplaintForwarded(complaint_id=id, agency=ref(WORKS), by="x")
    near = DeadlineNear(
        complaint_id=id, clock="follow_up", cycle=1, percent=80, agency=WORKS, due_at=due, recipients=(seat(WORKS),)
    )
    escalated = ComplaintEscalated(
        complaint_id=id, clock="follow_up", cycle=1, step=2, agency=WORKS, due_at=due, recipients=(seat(ABOVE),)
    )
    vacant = SeatFoundVacant(complaint_id=id, agency=WORKS, role="leader", step=1, reported_to=(seat(ABOVE),))
    missed = DeadlineMissed(complaint_id=id, clock="follow_up", cycle=1, agency=WORKS, due_at=due)
    verified = ComplaintVerified(complaint_id=id, by="x", classification="complaint")
    leader, liaison, mayor = f"{WORKS}/leader", f"{WORKS}/liaison", f"{ABOVE}/leader"
    return [
        (forwarded, [("reporter", "forwarded"), (liaison, "to_follow_up")]),
        (verified, []),
        (near, [(leader, "deadline_near")]),
        (missed, []),
        (escalated, [(mayor, "escalation"), ("reporter", "escalated")]),
        (vacant, [(mayor, "seat_vacant")]),
        (FollowUpRecorded(complaint_id=id, agency=WORKS, sealed="v1.x.y"), [("reporter", "followed_up")]),
        (ComplaintAnswered(complaint_id=id, agency=WORKS, sealed="v1.x.y"), [("reporter", "answered")]),
        (OmbudsmanOffered(complaint_id=id, filed_at=complaint.filed_at, agency=WORKS), [("reporter", "ombudsman")]),
    ]


async def test_each_fact_writes_its_messages(service: RunningService) -> None:
    complaint = filed(service, reporter_ref=uuid4())
    await hear(service, complaint)
    news = news_of(complaint)
    await hear(service, *(fact for fact, _ in news))
    written = [(row.recipient, row.template) for row in await ledger(service)]
    assert written == [expected for _, messages in news for expected in messages]
    assert {row.reference for row in await ledger(service)} == {"TG-25-0001"}


async def test_a_filed_complaint_alone_tells_nobody(service: RunningService) -> None:
    await hear(service, filed(service))
    assert await ledger(service) == []


async def test_events_received_twice_add_nothing(service: RunningService) -> None:
    complaint = filed(service)
    messages = await hear(service, complaint, routed(complaint), *(fact for fact, _ in news_of(complaint)))
    before = await ledger(service)
    await inbox.receive(service, messages)
    assert await ledger(service) == before


async def test_handlers_done_twice_add_nothing(service: RunningService) -> None:
    complaint = filed(service)
    events: list[Event[Any]] = [event_of(complaint, service.now()), event_of(routed(complaint), service.now())]
    for _ in range(2):
        async with service.begin() as tx:
            for event in events:
                await handlers.HANDLERS[type(event.fact)](tx, [event])
    assert len(await ledger(service)) == 4


async def test_the_send_key_is_unique(service: RunningService) -> None:
    complaint = filed(service)
    await hear(service, complaint, routed(complaint))
    copy = (
        "INSERT INTO messages (event_id, recipient, channel, kind, complaint_id, about, template, details,"
        " next_try_at, created_at) SELECT event_id, recipient, channel, kind, complaint_id, about, template, details,"
        " next_try_at, created_at FROM messages LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="messages_send_key"):
        async with service.begin() as tx:
            await tx.execute(copy)


async def test_the_ledger_and_the_contacts_hold_nothing_in_clear(service: RunningService) -> None:
    reporter_ref = uuid4()
    complaint = filed(service, reporter_ref=reporter_ref)
    await hear(service, contact(service, reporter_ref), complaint, routed(complaint))
    async with service.begin() as tx:
        rows = [*await tx.execute("SELECT * FROM contacts"), *await tx.execute("SELECT * FROM messages")]
    assert "Siti" not in repr(rows) and "siti@" not in repr(rows) and "sealed.words" not in repr(rows)


async def test_an_agency_published_again_replaces_its_seats(service: RunningService) -> None:
    await hear(service, agency(WORKS, without=("leader",), liaison="baru@pu.example"))
    async with service.begin() as tx:
        rows = (await tx.execute("SELECT role, email FROM seats WHERE agency = :code", {"code": WORKS})).all()
    assert dict(tuple(row) for row in rows)["liaison"] == "baru@pu.example"
    assert dict(tuple(row) for row in rows)["leader"] is None


async def test_an_agency_that_was_parked_does_not_put_back_older_seats(
    service: RunningService, clock: ManualClock
) -> None:
    old = event_of(agency(WORKS, leader="lama@pu.example"), clock.now())
    clock.advance_to(clock.now() + timedelta(days=1))
    await hear(service, agency(WORKS, leader="baru@pu.example"))
    await inbox.receive(service, [Message(old.fact.topic, old.fact.key, encode(old))])
    async with service.begin() as tx:
        found = await tx.execute("SELECT email FROM seats WHERE agency = :code AND role = 'leader'", {"code": WORKS})
        assert found.scalars().all() == ["baru@pu.example"]
