"""Messages about a sensitive complaint reach named seats only, in mails of their own, and stand in no list."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.service import RunningService
from tests import make
from tests.make import CITY, ROADS
from tests.notify.mail import (
    SITI,
    RefusingMailbox,
    address,
    contact,
    file_complaint,
    filed,
    ledger,
    mails_to,
    send_all,
    states,
    text_of,
)
from tests.services import bearer, client_of

LIAISON, HEAD, VERIFIER = address(ROADS, "liaison"), address(ROADS), address(CITY, "coordinator")
ONLY_NAMED = "Aduan ini sensitif"


async def file_secret(service: RunningService, number: int = 7, **agency: object) -> str:
    """A sensitive complaint is routed; its reference."""
    secret = filed(number, sensitive=True, reporter_ref=uuid4())
    assert secret.reporter_ref is not None
    told = make.declared_sensitive(secret.complaint_id, reason="reporter_asks")
    await make.hear(service, contact(service, secret.reporter_ref), secret, told, make.routed(secret.complaint_id))
    return secret.reference


async def test_it_is_told_to_named_seats_alone_in_a_mail_of_its_own(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    open_one = await file_complaint(service, 1)
    reference = await file_secret(service)
    await send_all(service)
    assert [reference in text_of(mail) for mail in mails_to(mailbox, LIAISON)] == [False]
    for seat in (HEAD, VERIFIER):
        texts = [text_of(mail) for mail in mails_to(mailbox, seat)]
        about = [text for text in texts if reference in text]
        assert len(about) == 1 and open_one.reference not in about[0]
        assert ONLY_NAMED in about[0] and "/intake/pages/complaints/" not in about[0]
        assert not any(ONLY_NAMED in text for text in texts if text not in about)
    # Nothing in its reporter's mails leads to a page that is not there.
    mine = [text for mail in mails_to(mailbox, SITI) if reference in (text := text_of(mail))]
    assert mine and not any("/intake/pages/complaints/" in text or ONLY_NAMED in text for text in mine)


async def test_messages_that_wait_reach_the_named_seats_once_it_is_declared(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.forwarded(complaint.complaint_id), make.declared_sensitive(complaint.complaint_id))
    await send_all(service)
    assert mails_to(mailbox, LIAISON) == []
    [mail] = mails_to(mailbox, HEAD)
    assert "Mohon Saudara menangani aduan ini sendiri" in text_of(mail)
    assert {row.role for row in await ledger(service, template="to_follow_up")} == {"leader"}


async def test_a_mail_that_is_tried_again_says_nothing_of_it_to_others(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    first, second = await file_complaint(service, 1), await file_complaint(service, 2)
    mailbox.refusals[LIAISON] = "450 later"
    await send_all(service)
    await make.hear(service, make.declared_sensitive(second.complaint_id))
    mailbox.refusals.clear()
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET next_try_at = '2000-01-01Z' WHERE state = 'waiting'")
    await send_all(service)
    [mail] = mails_to(mailbox, LIAISON)
    assert first.reference in text_of(mail) and second.reference not in text_of(mail)
    assert any(second.reference in text_of(mail) for mail in mails_to(mailbox, HEAD))


async def test_a_climb_names_reference_and_limit_and_reaches_a_named_seat(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await make.hear(service, make.published(CITY, sensitive_seats=("coordinator",)))
    secret = filed(7, sensitive=True)
    climb = make.escalated(secret.complaint_id, 2, make.seat(CITY), due_at=service.now() - timedelta(days=6))
    await make.hear(service, secret, climb)
    await send_all(service)
    assert mails_to(mailbox, address(CITY)) == []
    [mail] = mails_to(mailbox, VERIFIER)
    text = text_of(mail)
    assert all(words in text for words in ("TG-25-0007", "tahap 2", "Batas waktu", ONLY_NAMED))


async def test_where_no_named_seat_is_filled_the_one_above_is_told(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await make.hear(service, make.published(ROADS, "leader"))
    complaint = await file_complaint(service)
    await make.hear(service, make.declared_sensitive(complaint.complaint_id))
    await send_all(service)
    assert (await states(service))[f"{ROADS}/leader"] == ("skipped", "seat_vacant")
    texts = [text_of(mail) for mail in mails_to(mailbox, VERIFIER)]
    assert any("jabatan yang ditunjuk kosong" in text and complaint.reference in text for text in texts)


@pytest.mark.parametrize("role", ["admin", "operator", "overseer"])
async def test_the_ledger_lists_nothing_about_it_until_it_is_lifted(service: RunningService, role: str) -> None:
    complaint = await file_complaint(service)
    async with client_of(service) as client:
        path, who = f"/notify/messages?complaint_id={complaint.complaint_id}", bearer(service, role)
        assert len((await client.get(path, headers=who)).json()["items"]) == 4
        await make.hear(service, make.declared_sensitive(complaint.complaint_id))
        for asked in (path, "/notify/messages"):
            assert (await client.get(asked, headers=who)).json()["items"] == []
        await make.hear(service, make.disclosed(complaint.complaint_id), at=service.now() + timedelta(minutes=1))
        assert len((await client.get(path, headers=who)).json()["items"]) > 4
        # An earlier word that comes late changes nothing.
        await make.hear(service, make.declared_sensitive(complaint.complaint_id))
        assert (await client.get(path, headers=who)).json()["items"]


async def test_contests_and_referrals_are_told_to_named_seats_without_a_word_of_them(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    secret = filed(7, sensitive=True, reporter_ref=uuid4())
    assert secret.reporter_ref is not None
    id, mayor = secret.complaint_id, make.seat(CITY, "coordinator")
    await make.hear(service, make.published(CITY, sensitive_seats=("leader",)), contact(service, secret.reporter_ref))
    await make.hear(service, secret, make.declared_sensitive(id, reason="reporter_asks"))
    await send_all(service)
    await make.hear(service, make.contested(id, judges=(mayor,)), make.referred(id, referrers=(mayor,)))
    await send_all(service)
    asked = " ".join(map(text_of, mails_to(mailbox, address(CITY))))
    assert "keberatan" in asked and "Ombudsman" in asked and ONLY_NAMED in asked
    before = len(mails_to(mailbox, HEAD))
    later = service.now() + timedelta(minutes=1)
    acts = (make.judged(id), make.held(id, by=CITY), make.resumed(id, by=CITY), make.handed_over(id))
    await make.hear(service, *acts, at=later)
    await send_all(service)
    [mail] = mails_to(mailbox, HEAD)[before:]
    text = text_of(mail)
    # What is for the liaison and the leader is said once, in subject and body.
    assert text.count("Tindak lanjut tidak dihitung") == 2 and "menunggu jawaban pelapor" in text
    assert mails_to(mailbox, LIAISON) == mails_to(mailbox, VERIFIER) == []
