"""Complaints: what notify remembers of them."""

from uuid import uuid4

from services.notify.domain.deliveries import MOST_WAITS
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


async def test_a_message_about_a_complaint_that_never_comes_ends(service: RunningService) -> None:
    await make.hear(service, make.routed(uuid4()))
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = :most", {"most": MOST_WAITS - 1})
    await send_all(service)
    assert {(row.state, row.reason) for row in await ledger(service)} == {("skipped", "complaint_unknown")}
