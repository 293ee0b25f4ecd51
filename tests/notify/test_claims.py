"""Claims: the messages that one mail joins, the words they get, and senders that claim side by side."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.pages.complaints import router as intake_pages
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests import make
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, ROADS
from tests.notify.mail import (
    SENDER,
    SITI,
    BrokenTemplate,
    RefusingMailbox,
    address,
    contact,
    damage,
    file_complaint,
    filed,
    ledger,
    mails_to,
    outcomes,
    pass_time,
    send_all,
    text_of,
)

LEADER = address(ROADS)


async def test_dates_are_given_in_the_zone_of_the_agency(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref)
    await make.hear(service, contact(service, reporter_ref), complaint, make.routed(complaint.complaint_id, EAST))
    await send_all(service)
    assert "pukul 11.00 WIT" in text_of(mails_to(mailbox, SITI)[0])


async def test_an_escalation_names_step_delay_clock_agency_and_vacant_seats(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    escalated = make.escalated(
        complaint.complaint_id,
        3,
        make.seat(CITY),
        due_at=service.now() - timedelta(days=6),
        vacant=(make.seat(ROADS),),
    )
    await make.hear(service, complaint, escalated)
    await send_all(service)
    text = text_of(mails_to(mailbox, address(CITY))[0])
    for words in (
        "tahap 3",
        "6 hari kalender",
        "tindak lanjut pertama",
        f"Instansi {ROADS}",
        f"Jabatan yang dilewati : Pimpinan Instansi {ROADS} (kosong atau tidak terjangkau)",
    ):
        assert words in text
    assert "ulangan" not in text.lower() and "dihubungi" not in text


async def test_an_escalation_that_recurs_says_how_often_and_whom_it_could_not_reach(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    again = make.escalated(
        complaint.complaint_id, 3, make.seat(CITY), round=4, instead_of=(make.seat(ROADS),), due_at=service.now()
    )
    await make.hear(service, complaint, again)
    await send_all(service)
    text = text_of(mails_to(mailbox, address(CITY))[0])
    assert "Ulangan               : ke-4" in text
    assert f"Tidak dapat dihubungi : Pimpinan Instansi {ROADS}" in text


@pytest.mark.parametrize("holder", ["NAS", CITY])
async def test_a_climb_of_the_whole_complaint_names_whoever_holds_it(
    service: RunningService, mailbox: RefusingMailbox, holder: str
) -> None:
    """The root has the life clock while nobody holds the complaint, and is not at fault."""
    complaint = await file_complaint(service)
    climb = make.escalated(
        complaint.complaint_id, 3, make.seat(EAST), clock="life", agency=holder, unverified=holder == CITY
    )
    await make.hear(service, make.published("NAS"), climb)
    await send_all(service)
    for to in (address(EAST), SITI):
        text = text_of(mails_to(mailbox, to)[-1])
        assert ("Instansi NAS" in text, f"Instansi {CITY}" in text) == (False, holder == CITY)
        assert ("instansi mana pun" in text) == (holder == "NAS")


async def test_two_limits_of_one_complaint_are_two_lines_in_a_leaders_mail(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint, due = filed(), service.now() - timedelta(days=6)
    climbs = [
        make.escalated(complaint.complaint_id, 3, make.seat(CITY), clock=clock, due_at=due)
        for clock in ("follow_up", "resolution")
    ]
    await make.hear(service, complaint, *climbs)
    await send_all(service)
    (mail,) = mails_to(mailbox, address(CITY))
    lines = [line for line in text_of(mail).splitlines() if line.startswith("- ")]
    assert len(set(lines)) == 2 and "penyelesaian" in lines[1]


@pytest.mark.parametrize("step", [0, 2])
async def test_a_vacant_seat_found_by_a_reminder_mentions_no_escalation(
    service: RunningService, mailbox: RefusingMailbox, step: int
) -> None:
    complaint = await file_complaint(service)
    vacant = make.found_vacant(complaint.complaint_id, make.seat(CITY), role="liaison", step=step)
    await make.hear(service, vacant)
    await send_all(service)
    [mail] = mails_to(mailbox, address(CITY))
    assert (f"Tahap eskalasi: {step}" in text_of(mail)) == (step > 0)
    assert ("menyampaikan pemberitahuan" in text_of(mail)) == (step == 0)


async def test_messages_to_one_seat_are_joined_the_most_urgent_first(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    first = await file_complaint(service, 1, email="a@warga.example")
    await file_complaint(service, 2, email="b@warga.example")
    await make.hear(service, make.found_vacant(first.complaint_id, make.seat(ROADS), agency=CITY))
    assert await send_all(service) == 9
    (mail,) = mails_to(mailbox, LEADER)
    lines = [line for line in text_of(mail).splitlines() if line.startswith("- ")]
    subjects = [line.split(":")[0] for line in lines]
    assert subjects == ["- Jabatan kosong atau tidak terjangkau", "- Untuk diketahui", "- Untuk diketahui"]
    rows = await ledger(service, recipient=f"{ROADS}/leader")
    assert len(rows) == 3 and len({row.mail_id for row in rows}) == 1
    assert {row.state for row in rows} == {"sent"}


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({}, "http://127.0.0.1:8123"),
        ({"public_url": "https://tanggap.go.id/"}, "https://tanggap.go.id"),
        ({"public_url": "http://127.0.0.1:8004", "intake_url": "http://127.0.0.1:8001/"}, "http://127.0.0.1:8001"),
    ],
)
async def test_a_joined_mail_leads_to_the_page_of_each_complaint_that_has_one(
    make_service: ServiceMaker, mailbox: RefusingMailbox, given: dict[str, str], begins: str
) -> None:
    service = await make_service("notify", smtp_port=mailbox.port, port=8123, **given)
    await make.hear(service, *(make.published(code) for code in make.TREE))
    await file_complaint(service, 1)
    await file_complaint(service, 2, confidential=True)
    await send_all(service)
    (mail,) = mails_to(mailbox, LEADER)
    pages = [line.split()[-1] for line in text_of(mail).splitlines() if line.startswith("  Riwayat")]
    assert pages == [f"{begins}/intake/pages/complaints/TG-25-0001"]
    of_reporters = [text_of(each) for each in mails_to(mailbox, SITI)]
    assert [pages[0] in text for text in of_reporters].count(True) == 1, "a confidential complaint has no page"
    assert ["Riwayat aduan" in text for text in of_reporters].count(True) == 1
    routes = {getattr(route, "path", "") for route in intake_pages.routes}
    assert "/pages/complaints/{reference}" in routes


async def test_a_reporter_gets_one_mail_for_each_message(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    one, two = (filed(number, reporter_ref=reporter_ref) for number in (1, 2))
    routed = (make.routed(complaint.complaint_id) for complaint in (one, two))
    await make.hear(service, contact(service, reporter_ref), one, two, *routed)
    await send_all(service)
    assert len(mails_to(mailbox, SITI)) == 2


async def test_mails_to_seats_contain_nothing_about_the_reporter(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    for mail in read_mail(mailbox.folder):
        if mail["Delivered-To"] != SITI:
            text = mail.as_string() + text_of(mail)
            assert "Siti" not in text and "warga" not in text and "62811" not in text
            assert str(complaint.reporter_ref) not in text


async def test_joined_messages_are_due_again_together(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[LEADER] = "451 later"
    for number in range(3):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    waiting = await ledger(service, recipient=f"{ROADS}/leader")
    assert len(waiting) == 3 and len({(row.mail_id, row.next_try_at) for row in waiting}) == 1


async def test_a_message_that_was_tried_before_is_not_joined_with_a_new_one(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    """Otherwise the new message would be given up together with the old one."""
    await file_complaint(service, 1, email="r1@warga.example")
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = 1")
    await file_complaint(service, 2, email="r2@warga.example")
    await send_all(service)
    assert len(mails_to(mailbox, LEADER)) == 2


async def test_two_replicas_send_each_message_once(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    for number in range(20):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    mailbox.refusals["r3@warga.example"] = "451 later"
    await asyncio.gather(send_all(service), send_all(other), send_all(service), send_all(other))
    mailbox.refusals.clear()
    await pass_time(service)
    await asyncio.gather(send_all(service), send_all(other))
    assert {row.state for row in await ledger(service)} == {"sent"} and len(await ledger(service)) == 80
    delivered = Counter(mail["Delivered-To"] for mail in read_mail(mailbox.folder))
    assert all(delivered[f"r{number}@warga.example"] == 1 for number in range(20)) and mailbox.repeated == 0


async def test_two_replicas_claim_all_messages_of_a_mail_or_none(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    mailbox.refusals[LEADER] = "451 later"
    for number in range(5):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    mailbox.refusals.clear()
    await pass_time(service)
    await asyncio.gather(*(send_all(each) for each in (service, other) * 2))
    assert len(mails_to(mailbox, LEADER)) == 1 and mailbox.repeated == 0
    assert {row.attempts for row in await ledger(service, recipient=f"{ROADS}/leader")} == {2}


# One bad row


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd"])
async def test_an_unknown_zone_is_read_as_jakartas(
    service: RunningService, mailbox: RefusingMailbox, zone: str
) -> None:
    """Where the event gives none, the agency's own counts."""
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref)
    agency = make.ref(EAST, zone=zone)
    forwarded = make.forwarded(complaint.complaint_id).model_copy(update={"agency": agency})
    await make.hear(service, contact(service, reporter_ref), complaint, forwarded)
    await send_all(service)
    [mail] = mails_to(mailbox, SITI)
    assert ("pukul 09.00 WIB" if zone else "pukul 11.00 WIT") in text_of(mail)
    assert {row.state for row in await ledger(service)} == {"sent"}


async def test_a_zone_by_its_abbreviation_is_known(service: RunningService, mailbox: RefusingMailbox) -> None:
    reporter_ref = uuid4()
    complaint = filed(reporter_ref=reporter_ref)
    routed = make.routed(complaint.complaint_id, EAST)
    await make.hear(service, contact(service, reporter_ref), complaint, routed)
    async with service.begin() as tx:
        await tx.execute('UPDATE messages SET details = details || \'{"zone": "WIT"}\'')
    await send_all(service)
    assert "pukul 11.00 WIT" in text_of(mails_to(mailbox, SITI)[0])


@pytest.mark.parametrize(
    ("damage", "state", "reason"),
    [
        ("details = '[]'", "failed", "unwritable"),
        ("details = '{}'", "failed", "unwritable"),
        ('details = details || \'{"at": "yesterday"}\'', "failed", "unwritable"),
        ('details = details || \'{"at": "9999-12-31T23:59:59+00:00"}\'', "failed", "unwritable"),
        ("details = details || '{\"due_at\": 7}'", "failed", "unwritable"),
        ("template = 'of_a_later_release'", "waiting", "template_unknown"),
    ],
)
async def test_a_message_that_cannot_be_worded_fails_alone(
    service: RunningService, mailbox: RefusingMailbox, damage: str, state: str, reason: str
) -> None:
    bad, good = filed(1), filed(2)
    await make.hear(service, bad, good, *(make.routed(each.complaint_id) for each in (bad, good)))
    async with service.begin() as tx:
        await tx.execute(f"UPDATE messages SET {damage} WHERE complaint_id = :id", {"id": bad.complaint_id})
    await send_all(service)
    found = {row.recipient: (row.state, row.reason) for row in await ledger(service, complaint_id=bad.complaint_id)}
    assert found[f"{ROADS}/leader"] == (state, reason)
    of_good = [row.state for row in await ledger(service, complaint_id=good.complaint_id)]
    assert of_good == ["skipped", "sent", "sent", "sent"]


@pytest.mark.parametrize("damage", ["'v1.x.y'", "'nonsense'", "''", "(SELECT sealed FROM contacts LIMIT 1)"])
async def test_a_contact_that_cannot_be_opened_fails_alone(
    service: RunningService, mailbox: RefusingMailbox, damage: str
) -> None:
    good = await file_complaint(service, 1, email="a@warga.example")
    bad = await file_complaint(service, 2, email="b@warga.example")
    async with service.begin() as tx:
        statement = f"UPDATE contacts SET sealed = {damage} WHERE reporter_ref = :ref"
        await tx.execute(statement, {"ref": bad.reporter_ref})
    await send_all(service)
    [row] = await ledger(service, complaint_id=bad.complaint_id, recipient="reporter")
    assert (row.state, row.reason) == ("failed", "contact_unopenable")
    assert [r.state for r in await ledger(service, complaint_id=good.complaint_id)] == ["sent"] * 4


async def test_a_notice_that_breaks_a_joined_mail_fails_alone(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    """Its template misses a value: that shows only when the mail is written."""
    complaints = [filed(number) for number in range(3)]
    await make.hear(service, *complaints, *(make.escalated(c.complaint_id, 2, make.seat(CITY)) for c in complaints))
    async with service.begin() as tx:
        statement = "UPDATE messages SET details = details - 'step' WHERE complaint_id = :id"
        await tx.execute(statement, {"id": complaints[1].complaint_id})
    await send_all(service)
    rows = await ledger(service, template="escalation")
    assert [(row.state, row.reason) for row in rows] == [("sent", None), ("failed", "unwritable"), ("sent", None)]
    assert rows[0].mail_id == rows[2].mail_id != rows[1].mail_id and rows[0].attempts == 1
    [mail] = mails_to(mailbox, address(CITY))
    assert "2 pemberitahuan" in text_of(mail)
    assert [(outcome, reason) for _, outcome, reason in await outcomes(service)] == [("sent", None)]
    assert [row.outcome for row in rows] == ["sent", "failed", "sent"]


async def test_a_joined_mail_fails_as_a_whole_if_the_joining_is_broken(service: RunningService) -> None:
    complaints = [filed(number) for number in range(2)]
    await make.hear(service, *complaints, *(make.escalated(c.complaint_id, 2, make.seat(CITY)) for c in complaints))
    writer = service.state.mail_writer
    writer.__dict__["templates"] = {**writer.templates, "joined": BrokenTemplate()}
    await send_all(service)
    assert {(row.state, row.reason) for row in await ledger(service, template="escalation")} == {
        ("failed", "unwritable")
    }


async def test_a_message_that_was_tried_too_often_to_be_counted_fails_alone(service: RunningService) -> None:
    bad, good = filed(1), filed(2)
    await make.hear(service, bad, good, *(make.escalated(c.complaint_id, 2, make.seat(CITY)) for c in (bad, good)))
    await damage(service, bad.complaint_id, "escalation", f"attempts = {2**31 - 1}")
    await send_all(service)
    rows = await ledger(service, template="escalation")
    assert [(row.state, row.reason) for row in rows] == [("failed", "attempts_exhausted"), ("sent", None)]
