"""Bounces: a mail that came back has failed, once, for those who know its Message-ID."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.notify.actions.acknowledgements import acknowledge_mails
from shared.service import RunningService
from tests import make
from tests.make import CITY, PROVINCE
from tests.notify.mail import (
    SITI,
    RefusingMailbox,
    address,
    file_complaint,
    filed,
    ledger,
    mails_to,
    outcomes,
    pass_time,
    send_all,
    states,
    text_of,
)
from tests.services import bearer, client_of

MAYOR = f"{CITY}/leader"


async def escalate(service: RunningService, number: int = 1) -> UUID:
    """A complaint climbs to the mayor, and the mail is sent; the id of the mail."""
    complaint = filed(number)
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    [row] = await ledger(service, complaint_id=complaint.complaint_id, recipient=MAYOR)
    found: UUID = row.mail_id
    return found


async def bounce(service: RunningService, mail: object, role: str = "integration", **more: Any) -> httpx.Response:
    async with client_of(service) as client:
        body = {"message_id": str(mail), **more}
        return await client.post("/notify/bounces", json=body, headers=bearer(service, role))


@pytest.mark.parametrize("role", ["integration", "operator"])
async def test_a_mail_that_came_back_has_failed_and_it_is_said(service: RunningService, role: str) -> None:
    mail_id = await escalate(service)
    answer = await bounce(service, mail_id, role, smtp_code=550)
    assert (answer.status_code, answer.json()) == (200, {"mail_id": str(mail_id), "messages": 1})
    [row] = await ledger(service, recipient=MAYOR)
    assert (row.state, row.reason, row.smtp_code, row.outcome) == ("failed", "bounced", 550, "bounced")
    assert await outcomes(service) == [(MAYOR, "sent", None), (MAYOR, "bounced", "bounced")]


async def test_the_message_id_is_taken_as_it_stands_in_the_mail(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await escalate(service)
    [mail] = mails_to(mailbox, address(CITY))
    assert (await bounce(service, mail["Message-ID"])).status_code == 200
    assert (await states(service))[MAYOR] == ("failed", "bounced")


async def test_a_bounce_that_is_told_twice_changes_nothing_the_second_time(service: RunningService) -> None:
    mail_id = await escalate(service)
    answers = [await bounce(service, mail_id) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["sent", "bounced"]


async def test_all_messages_of_the_mail_have_failed_and_no_others(service: RunningService) -> None:
    complaints = [filed(number) for number in range(3)]
    steps = [make.escalated(each.complaint_id, 2, make.seat(CITY), make.seat(PROVINCE)) for each in complaints]
    await make.hear(service, *complaints, *steps)
    await send_all(service)
    mail_id = (await ledger(service, recipient=MAYOR))[0].mail_id
    assert (await bounce(service, mail_id)).json()["messages"] == 3
    assert {row.state for row in await ledger(service, recipient=MAYOR)} == {"failed"}
    assert {row.state for row in await ledger(service, recipient=f"{PROVINCE}/leader")} == {"sent"}


async def test_an_acknowledged_mail_has_arrived(service: RunningService) -> None:
    mail_id = await escalate(service)
    token = service.state.links.link(mail_id, CITY, "leader").rpartition("/")[2]
    await service.submit(acknowledge_mails, token)
    assert (await bounce(service, mail_id)).json()["messages"] == 0
    assert (await states(service))[MAYOR] == ("sent", None)
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["sent", "acknowledged"]


async def test_a_request_that_came_back_goes_to_the_seat_above(service: RunningService) -> None:
    await file_complaint(service)
    await send_all(service)
    [request] = await ledger(service, template="to_verify")
    await bounce(service, request.mail_id)
    await send_all(service)
    [row] = await ledger(service, template="to_verify_above")
    assert (row.agency, row.role, row.state) == (CITY, "leader", "sent")


async def fill(service: RunningService, role: str, email: str, agency: str = CITY) -> None:
    """The seat of the agency gets this address."""
    await make.hear(service, make.published(agency, seats=[{"role": role, "title": "Jabatan", "email": email}]))


async def test_what_came_back_from_a_former_address_goes_to_the_present_one(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mail_id = await escalate(service)
    await fill(service, "leader", "baru@35.78.example")
    assert (await bounce(service, mail_id)).status_code == 200
    await send_all(service)
    [mail] = mails_to(mailbox, "baru@35.78.example")
    assert mail["Message-ID"] != mails_to(mailbox, address(CITY))[0]["Message-ID"]
    assert await outcomes(service) == [(MAYOR, "sent", None)], "the new address has refused nothing"


async def test_the_leader_at_the_present_address_is_told_what_the_one_before_has_missed(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await file_complaint(service)
    await send_all(service)
    [news] = await ledger(service, template="for_leader")
    await fill(service, "leader", "baru@pu.example", news.agency)
    await bounce(service, news.mail_id)
    await send_all(service)
    assert len(mails_to(mailbox, "baru@pu.example")) == 1


async def test_what_came_back_from_an_address_that_is_published_again_has_failed(service: RunningService) -> None:
    mail_id = await escalate(service)
    await make.hear(service, make.published(CITY))
    assert (await bounce(service, mail_id)).json()["messages"] == 1
    assert await send_all(service) == 0
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["sent", "bounced"]


async def test_an_address_of_a_time_that_has_not_come_is_the_present_one(service: RunningService) -> None:
    mail_id = await escalate(service)
    await fill(service, "leader", "baru@35.78.example")
    async with service.begin() as tx:
        await tx.execute("UPDATE seats SET email_since = email_since + interval '10 years'")
    assert (await bounce(service, mail_id)).json()["messages"] == 1
    assert await send_all(service) == 0


async def test_a_second_bounce_is_of_the_present_address(service: RunningService) -> None:
    mail_id = await escalate(service)
    await fill(service, "leader", "baru@35.78.example")
    await bounce(service, mail_id)
    await send_all(service)
    [row] = await ledger(service, recipient=MAYOR)
    assert (await bounce(service, row.mail_id)).json()["messages"] == 1
    await send_all(service)
    assert await outcomes(service) == [(MAYOR, "sent", None), (MAYOR, "bounced", "bounced")]


async def test_a_request_that_is_closed_goes_to_no_present_address(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    await make.hear(service, make.forwarded(complaint.complaint_id), at=service.now() + make.TICK)
    await fill(service, "coordinator", "baru@35.78.example")
    [request] = await ledger(service, template="to_verify")
    await bounce(service, request.mail_id)
    await send_all(service)
    assert mails_to(mailbox, "baru@35.78.example") == []
    assert await ledger(service, template="to_verify_above") == []


async def test_an_offer_that_came_back_is_made_by_a_coordinator(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.offered(complaint.complaint_id))
    await send_all(service)
    [offer] = await ledger(service, template="ombudsman")
    await bounce(service, offer.mail_id)
    await send_all(service)
    assert any(
        "Tawaran Ombudsman belum sampai kepada pelapor" in text_of(m)
        for m in mails_to(mailbox, address(CITY, "coordinator"))
    )
    assert ("reporter", "bounced", "bounced") in await outcomes(service)


async def test_a_mail_that_is_tried_again_is_not_the_one_that_came_back(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[SITI] = "451 busy"
    await file_complaint(service)
    await send_all(service)
    [waiting] = await ledger(service, recipient="reporter")
    assert (await bounce(service, waiting.mail_id)).json()["messages"] == 0
    mailbox.refusals.clear()
    await pass_time(service)
    await send_all(service)
    assert (await states(service))["reporter"] == ("sent", None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message_id": str(uuid4())}, 404),
        ({"message_id": f"<{uuid4()}@tanggap.example>"}, 404),
        ({"message_id": "<nobody@tanggap.example>"}, 422),
        ({"message_id": 7}, 422),
        ({}, 422),
        ({"message_id": str(uuid4()), "smtp_code": 250}, 422),
    ],
)
async def test_an_unknown_or_absurd_bounce_is_refused(
    service: RunningService, body: dict[str, object], status: int
) -> None:
    await escalate(service)
    async with client_of(service) as client:
        answer = await client.post("/notify/bounces", json=body, headers=bearer(service, "operator"))
    assert answer.status_code == status
    assert (await states(service))[MAYOR] == ("sent", None)


@pytest.mark.parametrize("role", ["leader", "admin", "overseer"])
async def test_only_operators_and_integrations_tell_of_bounces(service: RunningService, role: str) -> None:
    assert (await bounce(service, uuid4(), role)).status_code == 403
