"""Whoever was written to about an escalation that is taken back hears that it is, and nobody else."""

from collections import Counter
from uuid import UUID, uuid4

from services.notify.actions.deliveries import send_once
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests.make import (
    CITY,
    PROVINCE,
    ROADS,
    escalated,
    filed,
    hear,
    near,
    offered,
    redeliver,
    seat,
    withdrawn,
)
from tests.notify.mail import RefusingMailbox
from tests.services import MONDAY


async def told(service: RunningService, complaint: UUID) -> Counter[str]:
    async with service.begin() as tx:
        rows = await tx.execute(
            "SELECT recipient, template FROM messages WHERE complaint_id = :id AND template LIKE 'withdrawn%'",
            {"id": complaint},
        )
        return Counter(f"{row.recipient} {row.template}" for row in rows)


async def test_the_seats_and_the_reporter_of_a_withdrawn_step_are_told_once(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=uuid4()))
    await hear(service, escalated(complaint, 1, seat(ROADS)))
    await hear(service, escalated(complaint, 2, seat(CITY)))
    await hear(service, escalated(complaint, 1, seat(PROVINCE), clock="resolution"))
    events = await hear(service, withdrawn(complaint, 2))
    await redeliver(service, events)
    assert await told(service, complaint) == {f"{CITY}/leader withdrawn": 1, "reporter withdrawn_for_reporter": 1}


async def test_a_step_of_another_agency_is_not_meant(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint))
    await hear(service, escalated(complaint, 1, seat(CITY), agency=CITY))
    await hear(service, withdrawn(complaint, 1, agency=ROADS))
    assert await told(service, complaint) == {}


async def test_whoever_was_reminded_for_nothing_is_told_and_the_reporter_who_knew_nothing_is_not(
    service: RunningService,
) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=uuid4()))
    await hear(service, near(complaint, seat(ROADS, "liaison")), near(complaint, seat(CITY), percent=80))
    await hear(service, withdrawn(complaint, reminders=(50,)))
    assert await told(service, complaint) == {f"{ROADS}/liaison withdrawn": 1}


async def test_a_withdrawn_offer_is_told_to_the_reporter_and_the_leader(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=uuid4()), offered(complaint))
    await hear(service, withdrawn(complaint, 0, clock="ombudsman"))
    assert await told(service, complaint) == {
        "reporter withdrawn_for_reporter": 1,
        f"{ROADS}/leader withdrawn": 1,
    }


async def test_the_mails_say_what_is_taken_back_and_why_and_an_unsure_escalation_says_so(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint))
    await hear(service, escalated(complaint, 1, seat(CITY), unsure_since=MONDAY))
    while await send_once(service):
        pass
    await hear(service, withdrawn(complaint, 1))
    while await send_once(service):
        pass
    first, second = [(mail.get_payload(decode=True) or b"").decode() for mail in read_mail(mailbox.folder)]  # type: ignore[union-attr]
    assert "sejak Senin, 7 Juli 2025 pukul 09.00 WIB kami tidak menerima kabar" in " ".join(first.split())
    assert "telah bertindak sebelumnya" in second and "tindak lanjut pertama" in second
    assert "kami tidak menerima kabar" not in second
