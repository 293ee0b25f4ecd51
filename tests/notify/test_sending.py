"""Sending: a turn of the sender ends in time, an outage loses no message, and the next claim is made meanwhile."""

import asyncio
from typing import Any

import pytest

from services.notify.actions import claims, deliveries
from shared.local.mailbox import read_mail
from shared.service import RunningService
from shared.telemetry import mail_server_unreachable, mails_total
from tests.notify.mail import RefusingMailbox, file_complaint, ledger, pass_time, send_all


async def test_an_outage_of_the_server_loses_no_message_and_uses_up_no_attempt(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    port = mailbox.port
    mailbox.stop()
    await file_complaint(service)
    assert await send_all(service) == 0
    assert await send_all(service) == 0
    assert mail_server_unreachable._value.get() == 1
    assert {(row.state, row.reason, row.attempts) for row in await ledger(service)} == {("waiting", None, 0)}
    again = RefusingMailbox(mailbox.folder, port)
    again.start()
    try:
        sent = mails_total.labels("sent")._value.get()
        assert await send_all(service) == 4
        assert len(read_mail(again.folder)) == 4
        assert (mail_server_unreachable._value.get(), mails_total.labels("sent")._value.get()) == (0, sent + 4)
    finally:
        again.stop()


async def test_a_connection_that_the_server_closed_is_replaced(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await file_complaint(service, 1, email="a@warga.example")
    await send_all(service)
    port = mailbox.port
    mailbox.stop()
    again = RefusingMailbox(mailbox.folder, port)
    again.start()
    try:
        await file_complaint(service, 2, email="b@warga.example")
        assert await send_all(service) == 4
    finally:
        again.stop()


async def test_a_sender_stops_in_time_and_gives_back_the_mails_that_it_did_not_begin(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    server = service.state.mail_server
    send, woken = server._send, service.db.wakes["send"]

    async def slow(mail: Any, write: Any) -> Any:
        await asyncio.sleep(0.2)
        return await send(mail, write)

    woken.clear()
    with monkeypatch.context() as hurried:
        hurried.setattr(deliveries, "SEND_SECONDS", 0.5)
        hurried.setattr(server, "_send", slow)
        assert 0 < await deliveries.send_once(service) < 40
    assert woken.is_set()
    assert {row.attempts for row in await ledger(service, state="waiting")} == {0}
    await send_all(service)
    assert len(await ledger(service, state="sent")) == 40 and mailbox.repeated == 0


@pytest.fixture
def small_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims of eight messages, after which more may be due."""
    monkeypatch.setattr(deliveries, "FULL", 8)
    monkeypatch.setattr(claims, "MOST_NEW_MESSAGES", 8)


async def test_the_next_claim_is_made_while_mails_are_handed_over(
    service: RunningService, mailbox: RefusingMailbox, small_claims: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    server, under_way = service.state.mail_server, [0, 0]
    send = server._send

    async def counted(mail: Any, write: Any) -> Any:
        under_way[0] += 1
        under_way[1] = max(under_way)
        result = await send(mail, write)
        under_way[0] -= 1
        return result

    monkeypatch.setattr(server, "_send", counted)
    assert await deliveries.send_once(service) == 16
    assert under_way[1] <= service.state.settings.smtp_connections
    await send_all(service)
    assert len(await ledger(service, state="sent")) == 40 and mailbox.repeated == 0


async def test_a_failed_record_leaves_the_other_claim_recorded(
    service: RunningService, mailbox: RefusingMailbox, small_claims: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await file_complaint(service, number, email=f"r{number}@warga.example")
    record, calls = deliveries.record, []

    async def failing_once(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 1:
            raise OSError("the database is away")
        return await record(*given)

    monkeypatch.setattr(deliveries, "record", failing_once)
    with pytest.raises(OSError, match="away"):
        await deliveries.send_once(service)
    assert len(await ledger(service, state="sent")) == len(await ledger(service, state="sending")) == 8
    await pass_time(service)
    await send_all(service)
    assert len(await ledger(service, state="sent")) == 16
