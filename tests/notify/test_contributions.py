"""Mails of joint handling: the unit that is asked and the holder that leads are told, its reporter of the answer."""

from uuid import uuid4

from shared.clock import ManualClock
from shared.service import RunningService
from tests import make
from tests.make import ROADS, TRANSPORT
from tests.notify.mail import (
    DAY,
    SITI,
    RefusingMailbox,
    address,
    contact,
    filed,
    ledger,
    mails_to,
    send_all,
    text_of,
)

UNIT, LEAD = address(TRANSPORT, "liaison"), address(ROADS, "liaison")


async def test_the_unit_reads_what_is_asked_and_until_when_and_the_holder_that_it_has_contributed(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed(reporter_ref=uuid4())
    assert complaint.reporter_ref
    await make.hear(service, contact(service, complaint.reporter_ref), complaint)
    await make.hear(service, *map(make.published, (ROADS, TRANSPORT)))
    await make.hear(service, make.asked_to_contribute(complaint.complaint_id))
    await send_all(service)
    [asked] = [text_of(mail) for mail in mails_to(mailbox, UNIT)]
    assert complaint.reference in asked and "14 Juli 2025" in asked and "kontribusi instansi Saudara" in asked
    assert not mails_to(mailbox, LEAD)
    await make.hear(service, make.contributed(complaint.complaint_id))
    await send_all(service)
    [given] = [text_of(mail) for mail in mails_to(mailbox, LEAD)]
    assert f"Instansi {TRANSPORT} menyampaikan kontribusinya" in given and len(mails_to(mailbox, UNIT)) == 1
    # Its reporter reads in the timeline who was asked, and is written to with the answer.
    assert not mails_to(mailbox, SITI)


async def test_nobody_is_asked_late_for_what_has_been_contributed(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, complaint, *map(make.published, (ROADS, TRANSPORT)))
    id, start = complaint.complaint_id, service.now()
    clock.advance_to(start + 5 * DAY)
    said = [make.asked_to_contribute(id), make.contributed(id), make.asked_to_contribute(id, number=2)]
    await make.receive(service, [(fact, start + day * DAY) for day, fact in enumerate(said, 1)])
    await send_all(service)
    requests = await ledger(service, template="asked_to_contribute")
    assert [(row.state, row.reason) for row in requests] == [("skipped", "overtaken"), ("sent", None)]
    assert len(mails_to(mailbox, UNIT)) == 1
