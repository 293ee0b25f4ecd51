"""Sending: each message once, whatever fails; and every reason for not sending in the ledger."""

from services.notify.actions import sending
from shared.service import Site
from tests.notify.house import Grumbler, hear_complaint, ledger, mail_to, send_all, words


async def test_nothing_due_is_nothing_done(site: Site) -> None:
    assert await sending.send_once(site) == 0


async def test_a_routed_complaint_is_told_to_reporter_verifier_liaison_and_leader(site: Site, box: Grumbler) -> None:
    await hear_complaint(site)
    assert await send_all(site) == 4
    assert [row.state for row in await ledger(site)] == ["sent"] * 4
    (mail,) = mail_to(box, "siti@warga.example")
    assert "TG-25-0001" in words(mail) and "Dinas Pekerjaan Umum" in words(mail)
    assert len(mail_to(box, "coordinator@35.78.kominfo.example")) == 1
    assert len(mail_to(box, "liaison@35.78.pu.example")) == 1
    assert len(mail_to(box, "leader@35.78.pu.example")) == 1
