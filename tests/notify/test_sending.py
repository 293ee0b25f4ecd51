"""Sending: each message once, whatever fails; and every reason for not sending in the ledger."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notify.actions import sending
from services.notify.channels.letters import Letters
from services.notify.domain.hearing import HEARD, REPORTER
from shared.events import ComplaintEscalated, SeatFoundVacant
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests.notify.house import (
    ABOVE,
    EAST,
    NAMES,
    OFFICE,
    SENDER,
    WORKS,
    Grumbler,
    agency,
    contact,
    filed,
    hear,
    hear_complaint,
    ledger,
    mail_to,
    pass_time,
    routed,
    seat,
    send_all,
    words,
)

SITI = "siti@warga.example"


async def test_nothing_due_is_nothing_done(service: RunningService) -> None:
    assert await sending.send_once(service) == 0


async def test_a_routed_complaint_is_told_to_reporter_verifier_liaison_and_leader(
    service: RunningService, box: Grumbler
) -> None:
    await hear_complaint(service)
    assert await send_all(service) == 4
    assert [(row.state, row.reason, row.attempts) for row in await ledger(service)] == [("sent", None, 1)] * 4
    assert all(row.sent_at == service.now() and row.template_version for row in await ledger(service))
    (mail,) = mail_to(box, SITI)
    assert "TG-25-0001" in words(mail) and "Dinas Pekerjaan Umum" in words(mail)
    assert "Senin, 7 Juli 2025 pukul 09.00 WIB" in words(mail)
    for address in ("coordinator@35.78.kominfo.example", "liaison@35.78.pu.example", "leader@35.78.pu.example"):
        assert len(mail_to(box, address)) == 1


async def test_sent_is_sent_for_good(service: RunningService, box: Grumbler) -> None:
    await hear_complaint(service)
    await send_all(service)
    await pass_time(service)
    assert await send_all(service) == 0
    assert len(read_mail(box.folder)) == 4 and box.repeated == 0


async def test_dates_are_those_of_the_agencys_zone(service: RunningService, box: Grumbler) -> None:
    reporter_ref = uuid4()
    complaint = filed(service, reporter_ref=reporter_ref)
    await hear(service, contact(service, reporter_ref), complaint, routed(complaint, EAST))
    await send_all(service)
    assert "pukul 11.00 WIT" in words(mail_to(box, SITI)[0])


async def test_an_escalation_says_step_delay_clock_and_who_is_silent(service: RunningService, box: Grumbler) -> None:
    complaint = filed(service)
    due = service.now() - timedelta(days=6)
    letter = ComplaintEscalated(
        complaint_id=complaint.complaint_id,
        clock="follow_up",
        cycle=1,
        step=3,
        agency=WORKS,
        due_at=due,
        recipients=(seat(ABOVE),),
        vacant=(seat(WORKS),),
    )
    await hear(service, complaint, letter)
    await send_all(service)
    text = words(mail_to(box, "leader@35.78.example")[0])
    for said in ("tahap 3", "6 hari kalender", "tindak lanjut pertama", NAMES[WORKS], "Pimpinan (35.78.pu)"):
        assert said in text


@pytest.mark.parametrize("step", [0, 2])
async def test_a_vacancy_that_a_reminder_met_speaks_of_no_escalation(
    service: RunningService, box: Grumbler, step: int
) -> None:
    complaint = await hear_complaint(service)
    found = {"complaint_id": complaint.complaint_id, "agency": WORKS, "role": "liaison", "step": step}
    await hear(service, SeatFoundVacant.model_validate({**found, "reported_to": (seat(ABOVE),)}))
    await send_all(service)
    [mail] = mail_to(box, f"leader@{ABOVE}.example")
    assert (f"Tahap eskalasi: {step}" in words(mail)) == (step > 0)
    assert ("mengingatkan" in words(mail)) == (step == 0)


async def test_notices_for_one_seat_are_joined_the_most_urgent_first(service: RunningService, box: Grumbler) -> None:
    first = await hear_complaint(service, 1, email="a@warga.example")
    await hear_complaint(service, 2, email="b@warga.example")
    vacant = SeatFoundVacant(
        complaint_id=first.complaint_id, agency=OFFICE, role="leader", step=1, reported_to=(seat(WORKS),)
    )
    await hear(service, vacant)
    assert await send_all(service) == 9
    (mail,) = mail_to(box, "leader@35.78.pu.example")
    lines = [line for line in words(mail).splitlines() if line.startswith("- ")]
    assert [line.split(":")[0] for line in lines] == ["- Jabatan kosong", "- Untuk diketahui", "- Untuk diketahui"]
    rows = await ledger(service, recipient=f"{WORKS}/leader")
    assert len(rows) == 3 and len({row.mail_id for row in rows}) == 1
    assert {row.state for row in rows} == {"sent"}


async def test_reporters_get_one_mail_for_each_notice(service: RunningService, box: Grumbler) -> None:
    reporter_ref = uuid4()
    one, two = filed(service, 1, reporter_ref), filed(service, 2, reporter_ref)
    await hear(service, contact(service, reporter_ref), one, two, routed(one), routed(two))
    await send_all(service)
    assert len(mail_to(box, SITI)) == 2


async def test_a_seat_reads_nothing_about_the_reporter(service: RunningService, box: Grumbler) -> None:
    complaint = await hear_complaint(service)
    await send_all(service)
    for mail in read_mail(box.folder):
        if mail["Delivered-To"] != SITI:
            text = mail.as_string() + words(mail)
            assert "Siti" not in text and "warga" not in text and "62811" not in text
            assert str(complaint.reporter_ref) not in text


@pytest.mark.parametrize("name", sorted({h.template for hs in HEARD.values() for h in hs if h.field != REPORTER}))
def test_no_template_for_seats_knows_the_reporter(name: str) -> None:
    letters = Letters("a@tanggap.example")
    for template in (letters.wordings[name].subject, letters.wordings[name].body):
        assert template.render(dict.fromkeys(WORDS, "x")) is not None


WORDS = ("reference", "agency", "office", "at", "filed", "due", "late", "clock", "role", "vacant", "step", "percent")


# What cannot be sent, and why


async def reasons(service: RunningService) -> dict[str, tuple[str, str]]:
    return {row.recipient: (row.state, row.reason) for row in await ledger(service)}


async def test_a_reporter_without_contact_is_skipped_with_the_reason(service: RunningService) -> None:
    complaint = filed(service, reporter_ref=None)
    await hear(service, complaint, routed(complaint))
    await send_all(service)
    assert (await reasons(service))["reporter"] == ("skipped", "no_contact")


async def test_a_contact_without_email_is_skipped_with_the_reason(service: RunningService) -> None:
    await hear_complaint(service, email=None)
    await send_all(service)
    assert (await reasons(service))["reporter"] == ("skipped", "no_email")


@pytest.mark.parametrize("email", ["bukan alamat", "a@b.example\r\nBcc: all@world.example", "a@b.example,c@d.example"])
async def test_what_is_no_address_is_never_sent_to(service: RunningService, box: Grumbler, email: str) -> None:
    await hear_complaint(service, email=email)
    await send_all(service)
    assert (await reasons(service))["reporter"] == ("skipped", "bad_address")
    assert len(read_mail(box.folder)) == 3


async def test_a_vacant_seat_is_skipped_with_the_reason(service: RunningService) -> None:
    await hear(service, agency(WORKS, without=("leader",)))
    await hear_complaint(service)
    await send_all(service)
    found = await reasons(service)
    assert found[f"{WORKS}/leader"] == ("skipped", "seat_vacant")
    assert found[f"{WORKS}/liaison"] == ("sent", None)


async def test_where_no_seat_of_a_liaison_is_the_coordinator_hears_it_all_in_one_mail(
    service: RunningService, box: Grumbler
) -> None:
    without = agency(OFFICE).model_copy(update={"seats": agency(OFFICE).seats[1:]})
    complaint = filed(service)
    await hear(service, without, complaint, routed(complaint, OFFICE))
    await send_all(service)
    found = {row.recipient: (row.state, row.role) for row in await ledger(service, kind="seat")}
    assert found[f"{OFFICE}/liaison"] == found[f"{OFFICE}/coordinator"] == ("sent", "coordinator")
    [mail] = mail_to(box, f"coordinator@{OFFICE}.example")
    assert "Koordinator" in words(mail)


async def test_a_late_contact_is_waited_for(service: RunningService, box: Grumbler) -> None:
    reporter_ref = uuid4()
    complaint = filed(service, reporter_ref=reporter_ref)
    await hear(service, complaint, routed(complaint))
    await send_all(service)
    assert (await reasons(service))["reporter"] == ("waiting", "contact_unknown")
    await hear(service, contact(service, reporter_ref))
    await pass_time(service)
    assert await send_all(service) == 1
    assert (await reasons(service))["reporter"] == ("sent", None)
    assert len(mail_to(box, SITI)) == 1


async def test_a_contact_that_never_comes_becomes_a_reason(service: RunningService) -> None:
    complaint = filed(service, reporter_ref=uuid4())
    await hear(service, complaint, routed(complaint))
    for _ in range(service.settings.mail_attempts):
        await send_all(service)
        await pass_time(service)
    assert (await reasons(service))["reporter"] == ("skipped", "contact_unknown")


async def test_a_late_agency_is_waited_for(service: RunningService, box: Grumbler) -> None:
    complaint = filed(service)
    await hear(service, complaint, routed(complaint, "11.01.new", "Dinas Baru"))
    await send_all(service)
    assert (await reasons(service))["11.01.new/leader"] == ("waiting", "agency_unknown")
    await hear(service, agency("11.01.new", name="Dinas Baru"))
    await pass_time(service)
    assert await send_all(service) == 2
    assert len(mail_to(box, "leader@11.01.new.example")) == 1


async def test_news_of_a_complaint_that_was_parked_waits_for_it(service: RunningService, box: Grumbler) -> None:
    complaint = filed(service)
    await hear(service, routed(complaint))
    await send_all(service)
    assert {row.reason for row in await ledger(service)} == {"complaint_unknown"}
    await hear(service, complaint)
    await pass_time(service)
    await send_all(service)
    assert {row.reference for row in await ledger(service, state="sent")} == {"TG-25-0001"}


# Refusals of the server


async def test_a_permanent_rejection_fails_at_once_and_blocks_nobody(service: RunningService, box: Grumbler) -> None:
    box.refusals["a@warga.example"] = "550 5.1.1 <a@warga.example> is unknown"
    await hear_complaint(service, 1, email="a@warga.example")
    await hear_complaint(service, 2, email="b@warga.example")
    await send_all(service)
    (failed,) = await ledger(service, state="failed")
    assert (failed.reason, failed.smtp_code, failed.attempts) == ("rejected", 550, 1)
    assert "warga" not in repr(failed)
    assert len(mail_to(box, "b@warga.example")) == 1 and len(await ledger(service, state="sent")) == 7


async def test_a_passing_refusal_is_tried_again_later_with_the_same_mail(
    service: RunningService, box: Grumbler
) -> None:
    box.refusals[SITI] = "451 4.7.1 greylisted"
    await hear_complaint(service)
    await send_all(service)
    (waiting,) = await ledger(service, state="waiting")
    assert (waiting.reason, waiting.smtp_code) == ("server_busy", 451)
    assert waiting.next_try_at > sending.REAL.now()
    assert await send_all(service) == 0
    box.refusals.clear()
    await pass_time(service)
    assert await send_all(service) == 1
    (sent,) = await ledger(service, recipient="reporter")
    assert sent.state == "sent" and sent.mail_id == waiting.mail_id and sent.attempts == 2


async def test_what_was_joined_is_due_again_together(service: RunningService, box: Grumbler) -> None:
    box.refusals["leader@35.78.pu.example"] = "451 later"
    for number in range(3):
        await hear_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    waiting = await ledger(service, recipient=f"{WORKS}/leader")
    assert len(waiting) == 3 and len({(row.mail_id, row.next_try_at) for row in waiting}) == 1


async def test_what_was_tried_more_often_is_not_joined_with_what_is_new(service: RunningService, box: Grumbler) -> None:
    """Or it would take the new one along when it is given up."""
    await hear_complaint(service, 1, email="r1@warga.example")
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = 1")
    await hear_complaint(service, 2, email="r2@warga.example")
    await send_all(service)
    assert len(mail_to(box, "leader@35.78.pu.example")) == 2


async def test_attempts_end_with_a_reason(service: RunningService, box: Grumbler) -> None:
    box.refusals[SITI] = "451 4.7.1 greylisted"
    await hear_complaint(service)
    for _ in range(service.settings.mail_attempts + 1):
        await send_all(service)
        await pass_time(service)
    (failed,) = await ledger(service, state="failed")
    assert failed.reason == "attempts_exhausted" and failed.attempts == service.settings.mail_attempts


async def test_a_letter_that_cannot_be_written_blocks_nobody(service: RunningService) -> None:
    await hear_complaint(service)
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET template = 'gone', kind = 'reporter' WHERE recipient = 'reporter'")
    service.state.letters.__dict__["wordings"] = {**service.state.letters.wordings, "gone": Broken()}
    await send_all(service)
    assert (await reasons(service))["reporter"] == ("failed", "unwritable")
    assert len(await ledger(service, state="sent")) == 3


class Broken:
    """A template whose every use fails."""

    version = "0"


# Crashes and outages


async def test_a_crash_between_hand_over_and_record_gives_one_mail(
    service: RunningService, box: Grumbler, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear_complaint(service, 1, email="a@warga.example")
    await hear_complaint(service, 2, email="b@warga.example")

    async def crash(*_: Any) -> int:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(sending, "record", crash)
        with pytest.raises(RuntimeError):
            await sending.send_once(service)
    before = {mail["Message-ID"]: words(mail) for mail in read_mail(box.folder)}
    assert len(before) == 5 and {row.state for row in await ledger(service)} == {"sending"}
    assert await send_all(service) == 0  # The lease still holds.
    await hear_complaint(service, 3, email="c@warga.example")
    await pass_time(service)
    await send_all(service)
    after = read_mail(box.folder)
    assert box.repeated == 5
    assert {key: text for key, text in ((m["Message-ID"], words(m)) for m in after) if key in before} == before
    assert {row.state for row in await ledger(service)} == {"sent"} and len(await ledger(service)) == 12


async def test_a_mail_that_kills_its_sender_is_given_up(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear_complaint(service)
    with monkeypatch.context() as deadly:
        deadly.setattr(type(service.state.post), "send", die)
        for _ in range(service.settings.mail_attempts):
            with pytest.raises(SystemError):
                await sending.send_once(service)
            await pass_time(service)
    await send_all(service)
    assert {(row.state, row.reason) for row in await ledger(service)} == {("failed", "attempts_exhausted")}


async def die(*_: Any) -> None:
    raise SystemError("killed")


async def test_while_the_server_is_down_nothing_is_lost_and_nothing_spins(
    service: RunningService, box: Grumbler
) -> None:
    port = box.port
    box.stop()
    await hear_complaint(service)
    assert await send_all(service) == 0
    assert await send_all(service) == 0
    assert {(row.state, row.reason, row.attempts) for row in await ledger(service)} == {("waiting", None, 0)}
    again = Grumbler(box.folder, port)
    again.start()
    try:
        assert await send_all(service) == 4
        assert len(read_mail(again.folder)) == 4
    finally:
        again.stop()


async def test_a_connection_that_the_server_closed_is_renewed(service: RunningService, box: Grumbler) -> None:
    await hear_complaint(service, 1, email="a@warga.example")
    await send_all(service)
    port = box.port
    box.stop()
    again = Grumbler(box.folder, port)
    again.start()
    try:
        await hear_complaint(service, 2, email="b@warga.example")
        assert await send_all(service) == 4
    finally:
        again.stop()


async def test_a_step_ends_in_time_and_gives_back_what_it_did_not_begin(
    service: RunningService, box: Grumbler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        await hear_complaint(service, number, email=f"r{number}@warga.example")
    with monkeypatch.context() as hurried:
        hurried.setattr(sending, "SEND_SECONDS", -1.0)
        assert 0 < await sending.send_once(service) < 40
    assert {row.attempts for row in await ledger(service, state="waiting")} == {0}
    await send_all(service)
    assert len(await ledger(service, state="sent")) == 40 and box.repeated == 0


async def test_two_sites_on_one_database_send_each_message_once(
    service: RunningService, site_of: Any, box: Grumbler
) -> None:
    other = await site_of("notify", smtp_port=box.port, **SENDER)
    for number in range(20):
        await hear_complaint(service, number, email=f"r{number}@warga.example")
    box.refusals["r3@warga.example"] = "451 later"
    await asyncio.gather(send_all(service), send_all(other), send_all(service), send_all(other))
    box.refusals.clear()
    await pass_time(service)
    await asyncio.gather(send_all(service), send_all(other))
    assert {row.state for row in await ledger(service)} == {"sent"} and len(await ledger(service)) == 80
    delivered = Counter(mail["Delivered-To"] for mail in read_mail(box.folder))
    assert all(delivered[f"r{number}@warga.example"] == 1 for number in range(20)) and box.repeated == 0


async def test_two_sites_take_a_mail_again_as_a_whole(service: RunningService, site_of: Any, box: Grumbler) -> None:
    other = await site_of("notify", smtp_port=box.port, **SENDER)
    box.refusals["leader@35.78.pu.example"] = "451 later"
    for number in range(5):
        await hear_complaint(service, number, email=f"r{number}@warga.example")
    await send_all(service)
    box.refusals.clear()
    await pass_time(service)
    await asyncio.gather(*(send_all(each) for each in (service, other) * 2))
    assert len(mail_to(box, "leader@35.78.pu.example")) == 1 and box.repeated == 0
    assert {row.attempts for row in await ledger(service, recipient=f"{WORKS}/leader")} == {2}
