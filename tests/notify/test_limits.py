"""Limits: a request names its limit, which sla sets, and goes without after ten seconds."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notify.domain import limits
from shared.service import RunningService
from tests import make
from tests.make import CITY, HEALTH, ROADS
from tests.notify.mail import (
    SITI,
    RefusingMailbox,
    address,
    contact,
    filed,
    ledger,
    mails_to,
    pass_time,
    send_all,
    text_of,
)
from tests.services import MONDAY

VERIFIER, LIAISON = address(CITY, "coordinator"), address(ROADS, "liaison")
FRIDAY = MONDAY.replace(day=11, hour=17)
NAMED = "paling lambat Jumat, 11 Juli 2025 pukul 24.00 WIB"
MOST_WAIT = limits.MOST_WAIT


@pytest.fixture(autouse=True)
def wait_for_limits(no_wait_for_limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_WAIT", MOST_WAIT)


async def said_to(service: RunningService, mailbox: RefusingMailbox, to: str) -> list[str]:
    """The mails to this address that can be sent now."""
    await send_all(service)
    return [text_of(mail) for mail in mails_to(mailbox, to)]


async def test_requests_wait_for_their_limits_and_name_them(service: RunningService, mailbox: RefusingMailbox) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, complaint, make.routed(id))
    assert await said_to(service, mailbox, VERIFIER) == []
    assert len(await said_to(service, mailbox, LIAISON)) == 1, "what asks for nothing waits for nothing"
    await make.hear(service, make.limit_set(id, due_at=FRIDAY))
    [request] = await said_to(service, mailbox, VERIFIER)
    assert f"Batas waktu    : {NAMED}" in request.splitlines()
    await make.hear(service, make.forwarded(id), make.limit_set(id, ROADS, "follow_up", due_at=FRIDAY))
    [_, request] = await said_to(service, mailbox, LIAISON)
    assert f"Batas waktu     : {NAMED}" in request.splitlines()


async def test_a_question_names_the_limit_that_sla_sets_for_it(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed(reporter_ref=uuid4())
    id = complaint.complaint_id
    assert complaint.reporter_ref
    await make.hear(service, contact(service, complaint.reporter_ref), complaint, make.held(id))
    # Another clock of the same agency.
    await make.hear(service, make.limit_set(id, ROADS, "follow_up", due_at=MONDAY))
    assert await said_to(service, mailbox, SITI) == []
    await make.hear(service, make.limit_set(id, ROADS, "hold", due_at=FRIDAY))
    [question] = await said_to(service, mailbox, SITI)
    assert "Batas jawaban: Jumat, 11 Juli 2025 pukul 24.00 WIB" in question.splitlines()


async def test_a_request_goes_without_its_limit_while_sla_is_away(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id))
    await pass_time(service, MOST_WAIT.total_seconds() / 3_600)
    [request] = await said_to(service, mailbox, VERIFIER)
    assert "Menunggu verifikasi" in request and "Batas waktu " not in request
    assert timedelta() < MOST_WAIT < timedelta(minutes=1)
    await make.hear(service, make.limit_set(complaint.complaint_id, due_at=FRIDAY))
    assert len(await said_to(service, mailbox, VERIFIER)) == 1, "nobody is asked twice"


async def test_nobody_is_asked_for_what_is_done_while_the_request_waits(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    id = complaint.complaint_id
    now = service.now()
    await make.hear(service, complaint)
    await make.receive(service, [(make.routed(id), now), (make.archived(id), now + timedelta(seconds=3))])
    await pass_time(service)
    assert await said_to(service, mailbox, VERIFIER) == []
    [request] = await ledger(service, template="to_verify")
    assert (request.state, request.reason) == ("skipped", "overtaken")


async def test_the_limit_of_another_agency_act_or_complaint_is_not_meant(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, complaint, make.routed(id))
    others = [make.limit_set(id, HEALTH), make.limit_set(id, clock="follow_up"), make.limit_set(uuid4())]
    await make.hear(service, *others)
    assert await said_to(service, mailbox, VERIFIER) == []


async def test_the_seat_above_is_told_the_limit_and_so_is_whoever_fills_the_seat(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, make.published(CITY, "coordinator"), complaint, make.routed(id))
    await make.hear(service, make.limit_set(id, due_at=FRIDAY))
    [above] = await said_to(service, mailbox, address(CITY))
    assert "Perlu diambil alih" in above and NAMED in above
    later = FRIDAY + timedelta(days=3)
    await make.hear(service, make.limit_set(id, due_at=later))
    await make.hear(service, make.published(CITY))
    [request] = await said_to(service, mailbox, VERIFIER)
    assert "paling lambat Senin, 14 Juli 2025" in request, "the limit of now"


async def test_a_mail_that_is_tried_again_stays_as_it_was(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[VERIFIER] = "451 4.3.0 try later"
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, complaint, make.routed(id), make.limit_set(id, due_at=FRIDAY))
    await send_all(service)
    before = await ledger(service, template="to_verify")
    await make.hear(service, make.limit_set(id, due_at=FRIDAY + timedelta(days=3)))
    assert await ledger(service, template="to_verify") == before


@pytest.mark.parametrize("details", [{}, {"due_at": "x"}])
def test_only_a_request_without_a_limit_waits(details: dict[str, Any]) -> None:
    waits = {template for template in ("to_verify", "to_follow_up", "assigned") if limits.wait_of(template, details)}
    assert waits == (set() if details else {"to_verify", "to_follow_up"})
