"""Mails of a referral: its reporter, the coordinator with the file and the holder are told, but for its number."""

from uuid import uuid4

from shared.clock import ManualClock
from shared.service import RunningService
from tests import make
from tests.make import CITY, ROADS
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

COORDINATOR, LIAISON, LEADER = address(CITY, "coordinator"), address(ROADS, "liaison"), address(ROADS, "leader")


async def test_everyone_concerned_is_told_of_a_consent_and_of_the_handover(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed(reporter_ref=uuid4())
    assert complaint.reporter_ref
    await make.hear(service, contact(service, complaint.reporter_ref), complaint)
    await make.hear(service, *map(make.published, (CITY, ROADS)))
    id = complaint.complaint_id
    await make.hear(service, make.offered(id))
    await send_all(service)
    [offer] = [text_of(mail) for mail in mails_to(mailbox, SITI)]
    assert '"Teruskan kepada Ombudsman"' in offer
    due = make.limit_set(id, ROADS, "referral", due_at=make.MONDAY + 7 * DAY)
    await make.hear(service, make.referred(id), due)
    await send_all(service)
    [asked] = [text_of(mail) for mail in mails_to(mailbox, COORDINATOR)]
    assert complaint.reference in asked and "paling lambat" in asked and "mencatat nomor laporan" in asked
    for seat in (LIAISON, LEADER):
        assert "Mohon Saudara menjawabnya" in text_of(mails_to(mailbox, seat)[-1])
    assert "Persetujuan Anda telah kami terima" in text_of(mails_to(mailbox, SITI)[-1])
    await make.hear(service, make.handed_over(id, sealed="x"))
    await send_all(service)
    assert "telah menyerahkan berkas aduan Anda" in text_of(mails_to(mailbox, SITI)[-1])
    assert "Berkas aduan ini telah diserahkan" in text_of(mails_to(mailbox, LIAISON)[-1])
    assert len(mails_to(mailbox, COORDINATOR)) == 1


async def test_nobody_is_asked_late_for_a_file_that_was_handed_over(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, complaint, *map(make.published, (CITY, ROADS)))
    id, start = complaint.complaint_id, service.now()
    clock.advance_to(start + 5 * DAY)
    said = [make.offered(id), make.referred(id), make.handed_over(id)]
    await make.receive(service, [(fact, start + day * DAY) for day, fact in enumerate(said, 1)])
    await send_all(service)
    [request] = await ledger(service, template="to_hand_over")
    assert (request.state, request.reason) == ("skipped", "overtaken")
