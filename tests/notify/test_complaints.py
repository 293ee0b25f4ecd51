"""Complaints: what notify remembers of them."""

from uuid import uuid4

from services.notify.actions import notices
from services.notify.domain.deliveries import MOST_WAITS, WAITS_OF_SEAT
from shared.service import RunningService
from tests import make
from tests.make import CITY
from tests.notify.mail import (
    RefusingMailbox,
    address,
    filed,
    ledger,
    mails_to,
    outcomes,
    pass_time,
    send_all,
    text_of,
)


async def test_a_filed_complaint_alone_writes_no_message(service: RunningService) -> None:
    await make.hear(service, filed())
    assert await ledger(service) == []


async def test_messages_about_a_parked_complaint_wait_for_it(service: RunningService, mailbox: RefusingMailbox) -> None:
    complaint = filed()
    await make.hear(service, make.routed(complaint.complaint_id))
    await send_all(service)
    assert {row.reason for row in await ledger(service)} == {"complaint_unknown"}
    for _ in range(2 * service.state.settings.mail_attempts):
        await pass_time(service)
        await send_all(service)
    assert {row.state for row in await ledger(service)} == {"waiting"}
    await make.hear(service, complaint)
    await pass_time(service)
    await send_all(service)
    sent = await ledger(service, state="sent")
    assert {row.reference for row in sent} == {"TG-25-0001"}
    # Waiting for the complaint has used up no attempt.
    assert {row.attempts for row in sent} == {1}


async def test_a_seat_is_told_after_a_day_of_a_complaint_that_notify_does_not_know(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    id = uuid4()
    await make.hear(service, make.escalated(id, 2, make.seat(CITY)))
    for _ in range(WAITS_OF_SEAT):
        await send_all(service)
        await pass_time(service)
    assert mails_to(mailbox, address(CITY)) == []
    # A mail server that is busy then costs one more attempt, and no other day.
    mailbox.refusals[address(CITY)] = "451 busy"
    await send_all(service)
    mailbox.refusals.clear()
    await pass_time(service)
    await send_all(service)
    [mail] = mails_to(mailbox, address(CITY))
    assert f"aduan {id} (pengenal; nomor lacak belum diterima)" in text_of(mail)
    assert await outcomes(service) == [(f"{CITY}/leader", "sent", None)]


async def test_a_reporter_is_called_where_notify_has_not_known_the_complaint_for_a_working_day(
    service: RunningService,
) -> None:
    await make.hear(service, make.answered(uuid4()))
    await send_all(service)
    await pass_time(service, hours=24 * 14)
    await notices.report_late_once(service)
    assert ("reporter", "failed", "working_day_passed") in await outcomes(service)
    assert {row.state for row in await ledger(service, template="answered")} == {"waiting"}


async def test_a_message_to_a_reporter_whose_complaint_never_comes_ends(service: RunningService) -> None:
    await make.hear(service, make.routed(uuid4()))
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = :most, reason = 'complaint_unknown'", {"most": MOST_WAITS - 1})
    await send_all(service)
    reporters = await ledger(service, kind="reporter")
    assert {(row.state, row.reason) for row in reporters} == {("skipped", "complaint_unknown")}
