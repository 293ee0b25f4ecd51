"""Deliveries: every message is sent once, whatever fails, and the ledger has the reason for each that is not sent."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.actions import claims, deliveries
from services.notify.domain.deliveries import (
    FEW_ATTEMPTS,
    LONGEST_PAUSE_SECONDS,
    MOST_WAITS,
    Delivery,
    most_attempts,
    obstacle,
    pause_seconds,
)
from services.notify.settings import Settings
from shared.clock import RealClock
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests.make import CITY, ROADS
from tests.notify.mail import (
    SENDER,
    SITI,
    BrokenTemplate,
    RefusingMailbox,
    address,
    file_complaint,
    ledger,
    mails_to,
    pass_time,
    send_all,
    states,
    text_of,
)


@pytest.mark.parametrize(
    ("delivery", "reason"),
    [
        (Delivery("seat", True, True, False, False, False, "pu@surabaya.example"), None),
        (Delivery("seat", True, True, False, False, False, None), "seat_vacant"),
        (Delivery("seat", True, False, False, False, False, None), "agency_unknown"),
        (Delivery("seat", True, True, True, False, False, "pu@surabaya.example"), "agency_departed"),
        (Delivery("seat", False, True, False, False, False, "pu@surabaya.example"), "complaint_unknown"),
        (Delivery("reporter", True, False, False, True, True, "siti@warga.example"), None),
        (Delivery("reporter", True, False, False, False, False, None), "no_contact"),
        (Delivery("reporter", True, False, False, True, False, None), "contact_unknown"),
        (Delivery("reporter", True, False, False, True, True, None), "no_email"),
        (
            Delivery("reporter", True, False, False, True, True, "siti@warga.example\r\nBcc: all@world.example"),
            "bad_address",
        ),
        (Delivery("reporter", True, False, False, True, True, "siti@warga.example>"), "bad_address"),
        (Delivery("reporter", True, False, False, True, True, "siti, budi@warga.example"), "bad_address"),
    ],
)
def test_every_obstacle_has_its_reason(delivery: Delivery, reason: str | None) -> None:
    assert obstacle(delivery) == reason


def test_pauses_grow_up_to_a_limit_and_are_spread() -> None:
    pauses = [pause_seconds(attempts, 0.5) for attempts in range(1, 20)]
    assert pauses[:4] == [2, 6, 18, 54]
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE_SECONDS
    assert pause_seconds(3, 0.0) < pause_seconds(3, 0.99)


def test_a_refusal_for_a_while_is_borne_for_five_days_and_nothing_else_is() -> None:
    most = Settings.model_fields["mail_attempts"].default
    days = sum(pause_seconds(attempts, 0.0) for attempts in range(1, most)) / 86_400
    assert 3.7 < days < 5, "with the shortest pauses; RFC 5321 says four to five"
    assert most_attempts("server_busy", most) == most
    assert most_attempts("connection_lost", most) == most_attempts(None, most) == FEW_ATTEMPTS
    assert most_attempts("contact_unknown", most) == FEW_ATTEMPTS
    assert most_attempts("complaint_unknown", most) == MOST_WAITS
    assert most_attempts("connection_lost", 1) == 1


async def test_a_sender_without_due_messages_does_nothing(service: RunningService) -> None:
    assert await deliveries.send_once(service) == 0


async def test_a_routing_is_sent_to_reporter_verifier_liaison_and_leader(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await file_complaint(service)
    assert await send_all(service) == 4
    assert [(row.state, row.reason, row.attempts) for row in await ledger(service)] == [("sent", None, 1)] * 4
    assert all(row.sent_at == service.now() and row.template_version for row in await ledger(service))
    (mail,) = mails_to(mailbox, SITI)
    assert "TG-25-0001" in text_of(mail) and f"Instansi {ROADS}" in text_of(mail)
    assert "Senin, 7 Juli 2025 pukul 09.00 WIB" in text_of(mail)
    for seat in (address(CITY, "coordinator"), address(ROADS, "liaison"), address(ROADS, "leader")):
        assert len(mails_to(mailbox, seat)) == 1


async def test_a_sent_message_is_never_sent_again(service: RunningService, mailbox: RefusingMailbox) -> None:
    await file_complaint(service)
    await send_all(service)
    await pass_time(service)
    assert await send_all(service) == 0
    assert len(read_mail(mailbox.folder)) == 4 and mailbox.repeated == 0


# Refusals of the server


async def test_a_permanent_refusal_fails_at_once_and_blocks_nobody(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals["a@warga.example"] = "550 5.1.1 <a@warga.example> is unknown"
    await file_complaint(service, 1, email="a@warga.example")
    await file_complaint(service, 2, email="b@warga.example")
    await send_all(service)
    (failed,) = await ledger(service, state="failed")
    assert (failed.reason, failed.smtp_code, failed.attempts) == ("rejected", 550, 1)
    assert "warga" not in repr(failed)
    assert len(mails_to(mailbox, "b@warga.example")) == 1 and len(await ledger(service, state="sent")) == 7


async def test_after_a_temporary_refusal_the_same_mail_is_sent_again_later(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[SITI] = "451 4.7.1 greylisted"
    await file_complaint(service)
    await send_all(service)
    (waiting,) = await ledger(service, state="waiting")
    assert (waiting.reason, waiting.smtp_code) == ("server_busy", 451)
    assert waiting.next_try_at > RealClock().now()
    assert await send_all(service) == 0
    mailbox.refusals.clear()
    await pass_time(service)
    assert await send_all(service) == 1
    (sent,) = await ledger(service, recipient="reporter")
    assert sent.state == "sent" and sent.mail_id == waiting.mail_id and sent.attempts == 2


async def test_a_mailbox_that_is_full_for_a_day_is_not_given_up(make_service: Any, mailbox: RefusingMailbox) -> None:
    patient = {**SENDER, "mail_attempts": Settings.model_fields["mail_attempts"].default}
    service = await make_service("notify", smtp_port=mailbox.port, **patient)
    mailbox.refusals[SITI] = "452 4.2.2 mailbox full"
    await file_complaint(service)
    for _ in range(24):
        await send_all(service)
        await pass_time(service)
    (waiting,) = await ledger(service, recipient="reporter")
    assert (waiting.state, waiting.reason, waiting.attempts) == ("waiting", "server_busy", 24)
    mailbox.refusals.clear()
    await send_all(service)
    assert [row.state for row in await ledger(service, recipient="reporter")] == ["sent"]


async def test_a_message_fails_when_its_attempts_are_used_up(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[SITI] = "451 4.7.1 greylisted"
    await file_complaint(service)
    for _ in range(service.settings.mail_attempts + 1):
        await send_all(service)
        await pass_time(service)
    (failed,) = await ledger(service, state="failed")
    assert failed.reason == "attempts_exhausted" and failed.attempts == service.settings.mail_attempts


async def test_a_mail_that_cannot_be_written_blocks_nobody(service: RunningService) -> None:
    await file_complaint(service)
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET template = 'gone', kind = 'reporter' WHERE recipient = 'reporter'")
    writer = service.state.mail_writer
    writer.__dict__["templates"] = {**writer.templates, "gone": BrokenTemplate()}
    await send_all(service)
    assert (await states(service))["reporter"] == ("failed", "unwritable")
    assert len(await ledger(service, state="sent")) == 3


# Crashes and outages


@pytest.mark.parametrize("waiting", ["new", "refused", "claimed"])
async def test_what_a_clock_ten_years_ahead_has_put_off_is_sent_when_the_clock_is_right(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch, waiting: str
) -> None:
    """The clocks of the machine and of the database may go wrong together."""
    await file_complaint(service)
    if waiting == "refused":
        mailbox.refusals[SITI] = "451 4.7.1 greylisted"
        await send_all(service)
        mailbox.refusals.clear()
    if waiting == "claimed":
        with monkeypatch.context() as deadly:
            deadly.setattr(type(service.state.mail_server), "send", die)
            with pytest.raises(SystemError):
                await deliveries.send_once(service)
    await pass_time(service, hours=-24 * 3650)
    await send_all(service)
    assert {row.state for row in await ledger(service)} == {"sent"}


async def test_attempts_follow_the_clock_of_the_database_while_the_machine_is_ahead(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = RealClock().now()
    monkeypatch.setattr(RealClock, "now", lambda self: before + timedelta(days=3650))
    mailbox.refusals[SITI] = "451 4.7.1 greylisted"
    await file_complaint(service)
    await send_all(service)
    (waiting,) = await ledger(service, state="waiting")
    assert waiting.attempts == 1 and waiting.next_try_at < before + timedelta(days=1)
    assert await send_all(service) == 0


async def test_a_crash_before_the_results_are_recorded_repeats_the_same_mails(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file_complaint(service, 1, email="a@warga.example")
    await file_complaint(service, 2, email="b@warga.example")

    async def crash(*_: Any) -> int:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "record", crash)
        with pytest.raises(RuntimeError):
            await deliveries.send_once(service)
    before = {mail["Message-ID"]: text_of(mail) for mail in read_mail(mailbox.folder)}
    assert len(before) == 5 and {row.state for row in await ledger(service)} == {"sending"}
    assert await send_all(service) == 0  # The lease still holds.
    await file_complaint(service, 3, email="c@warga.example")
    await pass_time(service)
    await send_all(service)
    after = read_mail(mailbox.folder)
    assert mailbox.repeated == 5
    assert {key: text for key, text in ((m["Message-ID"], text_of(m)) for m in after) if key in before} == before
    assert {row.state for row in await ledger(service)} == {"sent"} and len(await ledger(service)) == 12


async def test_only_a_sent_message_is_recorded_after_the_lease_has_ended(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[SITI] = "451 4.7.1 greylisted"
    await file_complaint(service)
    async with service.begin() as tx:
        claim = await claims.claim_due(tx, RealClock().now())
    results = await service.state.mail_server.send(claim.mails, service.state.mail_writer.write, 8.0)
    await pass_time(service)
    async with service.begin() as tx:  # Another sender claims the same messages.
        assert (await claims.claim_due(tx, RealClock().now())).claimed == 4
    await deliveries.record(service, claim, results)
    assert [(row.state, row.attempts) for row in await ledger(service)] == [("sending", 2), *[("sent", 2)] * 3]


async def test_a_mail_that_kills_its_sender_is_given_up(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file_complaint(service)
    with monkeypatch.context() as deadly:
        deadly.setattr(type(service.state.mail_server), "send", die)
        for _ in range(service.settings.mail_attempts):
            with pytest.raises(SystemError):
                await deliveries.send_once(service)
            await pass_time(service)
    await send_all(service)
    given_up = [(row.state, row.reason) for row in await ledger(service) if row.template != "to_verify_above"]
    assert given_up == [("failed", "attempts_exhausted")] * 4


async def die(*_: Any) -> None:
    raise SystemError("killed")
