"""Contacts: they stay sealed, and messages to a reporter wait for a late one."""

from uuid import uuid4

import pytest

from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests import make
from tests.notify.mail import (
    SITI,
    RefusingMailbox,
    contact,
    file_complaint,
    filed,
    mails_to,
    pass_time,
    send_all,
    states,
)


async def test_the_ledger_and_the_contacts_hold_no_personal_data_in_clear(service: RunningService) -> None:
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref, sealed="v1.sealed.words")
    await make.hear(service, contact(service, reporter_ref), complaint, make.routed(complaint.complaint_id))
    async with service.begin() as tx:
        rows = [*await tx.execute("SELECT * FROM contacts"), *await tx.execute("SELECT * FROM messages")]
    assert "Siti" not in repr(rows) and "siti@" not in repr(rows) and "sealed.words" not in repr(rows)


async def test_a_message_to_a_reporter_without_contact_is_skipped(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id))
    await send_all(service)
    assert (await states(service))["reporter"] == ("skipped", "no_contact")


async def test_a_message_to_a_reporter_without_email_is_skipped(service: RunningService) -> None:
    await file_complaint(service, email=None)
    await send_all(service)
    assert (await states(service))["reporter"] == ("skipped", "no_email")


@pytest.mark.parametrize("email", ["bukan alamat", "a@b.example\r\nBcc: all@world.example", "a@b.example,c@d.example"])
async def test_no_mail_is_sent_to_a_bad_address(service: RunningService, mailbox: RefusingMailbox, email: str) -> None:
    await file_complaint(service, email=email)
    await send_all(service)
    assert (await states(service))["reporter"] == ("skipped", "bad_address")
    assert len(read_mail(mailbox.folder)) == 3


async def test_a_message_waits_for_a_late_contact(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref)
    await make.hear(service, complaint, make.routed(complaint.complaint_id))
    await send_all(service)
    assert (await states(service))["reporter"] == ("waiting", "contact_unknown")
    await make.hear(service, contact(service, reporter_ref))
    await pass_time(service)
    assert await send_all(service) == 1
    assert (await states(service))["reporter"] == ("sent", None)
    assert len(mails_to(mailbox, SITI)) == 1


async def test_a_message_whose_contact_never_arrives_is_skipped(service: RunningService) -> None:
    complaint = filed(reporter_ref=uuid4())
    await make.hear(service, complaint, make.routed(complaint.complaint_id))
    for _ in range(service.settings.mail_attempts):
        await send_all(service)
        await pass_time(service)
    assert (await states(service))["reporter"] == ("skipped", "contact_unknown")
