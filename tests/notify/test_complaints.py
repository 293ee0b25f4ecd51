"""Complaints: what notify remembers of them."""

from shared.service import RunningService
from tests import make
from tests.notify.mail import RefusingMailbox, filed, ledger, pass_time, send_all


async def test_a_filed_complaint_alone_writes_no_message(service: RunningService) -> None:
    await make.hear(service, filed())
    assert await ledger(service) == []


async def test_messages_about_a_parked_complaint_wait_for_it(service: RunningService, mailbox: RefusingMailbox) -> None:
    complaint = filed()
    await make.hear(service, make.routed(complaint.complaint_id))
    await send_all(service)
    assert {row.reason for row in await ledger(service)} == {"complaint_unknown"}
    await make.hear(service, complaint)
    await pass_time(service)
    await send_all(service)
    assert {row.reference for row in await ledger(service, state="sent")} == {"TG-25-0001"}
