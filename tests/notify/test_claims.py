"""Claims: the messages that one mail joins, the words they get, and senders that claim side by side."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests import make
from tests.make import CITY, EAST, ROADS
from tests.notify.mail import (
    SENDER,
    SITI,
    RefusingMailbox,
    address,
    contact,
    file_complaint,
    filed,
    ledger,
    mails_to,
    pass_time,
    send_all,
    text_of,
)

LEADER = address(ROADS)


async def test_dates_are_given_in_the_zone_of_the_agency(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref)
    await make.hear(service, contact(service, reporter_ref), complaint, make.routed(complaint.complaint_id, EAST))
    await send_all(service)
    assert "pukul 11.00 WIT" in text_of(mails_to(mailbox, SITI)[0])


async def test_an_escalation_names_step_delay_clock_agency_and_vacant_seats(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    escalated = make.escalated(
        complaint.complaint_id,
        3,
        make.seat(CITY),
        due_at=service.now() - timedelta(days=6),
        vacant=(make.seat(ROADS),),
    )
    await make.hear(service, complaint, escalated)
    await send_all(service)
    text = text_of(mails_to(mailbox, address(CITY))[0])
    for words in ("tahap 3", "6 hari kalender", "tindak lanjut pertama", f"Instansi {ROADS}", f"Pimpinan ({ROADS})"):
        assert words in text


@pytest.mark.parametrize("step", [0, 2])
async def test_a_vacant_seat_found_by_a_reminder_mentions_no_escalation(
    service: RunningService, mailbox: RefusingMailbox, step: int
) -> None:
    complaint = await file_complaint(service)
    vacant = make.found_vacant(complaint.complaint_id, make.seat(CITY), role="liaison", step=step)
    await make.hear(service, vacant)
    await send_all(service)
    [mail] = mails_to(mailbox, address(CITY))
    assert (f"Tahap eskalasi: {step}" in text_of(mail)) == (step > 0)
    assert ("mengingatkan" in text_of(mail)) == (step == 0)


async def test_messages_to_one_seat_are_joined_the_most_urgent_first(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    first = await file_complaint(service, 1, email="a@warga.example")
    await file_complaint(service, 2, email="b@warga.example")
    await make.hear(service, make.found_vacant(first.complaint_id, make.seat(ROADS), agency=CITY))
    assert await send_all(service) == 9
    (mail,) = mails_to(mailbox, LEADER)
    lines = [line for line in text_of(mail).splitlines() if line.startswith("- ")]
    assert [line.split(":")[0] for line in lines] == ["- Jabatan kosong", "- Untuk diketahui", "- Untuk diketahui"]
    rows = await ledger(service, recipient=f"{ROADS}/leader")
    assert len(rows) == 3 and len({row.mail_id for row in rows}) == 1
    assert {row.state for row in rows} == {"sent"}


async def test_a_reporter_gets_one_mail_for_each_message(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    one, two = (filed(number, reporter_ref=reporter_ref) for number in (1, 2))
    routed = (make.routed(complaint.complaint_id) for complaint in (one, two))
    await make.hear(service, contact(service, reporter_ref), one, two, *routed)
    await send_all(service)
    assert len(mails_to(mailbox, SITI)) == 2


async def test_mails_to_seats_contain_nothing_about_the_reporter(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    for mail in read_mail(mailbox.folder):
        if mail["Delivered-To"] != SITI:
            text = mail.as_string() + text_of(mail)
            assert "Siti" not in text and "warga" not in text and "62811" not in text
            assert str(complaint.reporter_ref) not in text


async def test_joined_messages_are_due_again_together(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[LEADER] = "451 later"
    for number in range(3):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    waiting = await ledger(service, recipient=f"{ROADS}/leader")
    assert len(waiting) == 3 and len({(row.mail_id, row.next_try_at) for row in waiting}) == 1


async def test_a_message_that_was_tried_before_is_not_joined_with_a_new_one(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    """Otherwise the new message would be given up together with the old one."""
    await file_complaint(service, 1, email="r1@warga.example")
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = 1")
    await file_complaint(service, 2, email="r2@warga.example")
    await send_all(service)
    assert len(mails_to(mailbox, LEADER)) == 2


async def test_two_replicas_send_each_message_once(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    for number in range(20):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    mailbox.refusals["r3@warga.example"] = "451 later"
    await asyncio.gather(send_all(service), send_all(other), send_all(service), send_all(other))
    mailbox.refusals.clear()
    await pass_time(service)
    await asyncio.gather(send_all(service), send_all(other))
    assert {row.state for row in await ledger(service)} == {"sent"} and len(await ledger(service)) == 80
    delivered = Counter(mail["Delivered-To"] for mail in read_mail(mailbox.folder))
    assert all(delivered[f"r{number}@warga.example"] == 1 for number in range(20)) and mailbox.repeated == 0


async def test_two_replicas_claim_all_messages_of_a_mail_or_none(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    mailbox.refusals[LEADER] = "451 later"
    for number in range(5):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    mailbox.refusals.clear()
    await pass_time(service)
    await asyncio.gather(*(send_all(each) for each in (service, other) * 2))
    assert len(mails_to(mailbox, LEADER)) == 1 and mailbox.repeated == 0
    assert {row.attempts for row in await ledger(service, recipient=f"{ROADS}/leader")} == {2}
