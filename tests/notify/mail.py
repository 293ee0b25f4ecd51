"""A mail server that can refuse, complaints about which messages are written, and the ledger."""

from datetime import timedelta
from email.message import Message as Mail
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notify.actions import deliveries
from shared.events import ComplaintFiled, ContactStored, NoticesSettled
from shared.local.mailbox import Mailbox, read_mail
from shared.service import RunningService
from tests import make
from tests.make import CITY
from tests.services import staged

SITI = "siti@warga.example"
DAY = timedelta(days=1)
VERIFIER = f"{CITY}/coordinator"
SENDER = {"mail_from": "Tanggap <no-reply@tanggap.example>", "mail_attempts": 8}


class RefusingMailbox(Mailbox):
    """A mailbox that answers `refusals[address]` to a recipient instead of taking the mail."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(folder, port)
        self.refusals: dict[str, str] = {}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"


def address(agency: str, role: str = "leader") -> str:
    """The address of a seat, as `make.published` gives it."""
    return f"{role}@{agency}.example"


def contact(service: RunningService, reporter_ref: UUID, email: str | None = SITI) -> ContactStored:
    words = orjson.dumps({"name": "Siti Rahasia", "email": email, "phone": "+62811000000"}).decode()
    return ContactStored(reporter_ref=reporter_ref, sealed=service.state.vault.seal(words, str(reporter_ref)))


def filed(number: int = 1, **changes: Any) -> ComplaintFiled:
    """The complaint with the reference TG-25-0001 or another number."""
    return make.filed(reference=f"TG-25-{number:04}", **changes)


async def file_complaint(
    service: RunningService, number: int = 1, *, email: str | None = SITI, confidential: bool = False
) -> ComplaintFiled:
    """A complaint of a reporter whose contact is known is filed and routed: four messages are written."""
    complaint = filed(number, reporter_ref=uuid4(), confidential=confidential)
    assert complaint.reporter_ref is not None
    stored, routed = contact(service, complaint.reporter_ref, email), make.routed(complaint.complaint_id)
    await make.hear(service, stored, complaint, routed)
    return complaint


async def send_all(*services: RunningService) -> int:
    """Every service sends until nothing is due; how many messages moved on."""
    total = 0
    while moved := sum([await deliveries.send_once(service) for service in services]):
        total += moved
    return total


async def ledger(service: RunningService, **wanted: Any) -> list[Any]:
    """The messages with these values, in the order written."""
    async with service.begin() as tx:
        rows = (await tx.execute("SELECT * FROM messages ORDER BY id")).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


async def states(service: RunningService) -> dict[str, tuple[str, str | None]]:
    """State and reason of the message to each recipient."""
    return {row.recipient: (row.state, row.reason) for row in await ledger(service)}


async def settled(service: RunningService) -> list[NoticesSettled]:
    """What the service has said of its notices, oldest first."""
    return [fact for fact in await staged(service) if isinstance(fact, NoticesSettled)]


async def outcomes(service: RunningService) -> list[tuple[str, str, str | None]]:
    """Recipient, outcome and reason of what the service has said of its notices."""
    return [
        (f"{fact.agency}/{fact.role}" if fact.role else "reporter", fact.outcome, fact.reason)
        for fact in await settled(service)
    ]


async def pass_time(service: RunningService, hours: float = 24) -> None:
    """Shift ledger and seats as if so much real time had passed: waiting messages are due, leases have ended."""
    span = timedelta(hours=hours)
    async with service.begin() as tx:
        await tx.execute(
            "UPDATE messages SET next_try_at = next_try_at - CAST(:span AS interval),"
            " claimed_until = claimed_until - CAST(:span AS interval), late_at = late_at - CAST(:span AS interval),"
            " tried_since = tried_since - CAST(:span AS interval) WHERE state IN ('waiting', 'sending')",
            {"span": span},
        )
        await tx.execute("UPDATE seats SET email_since = email_since - CAST(:span AS interval)", {"span": span})


async def damage(service: RunningService, complaint_id: UUID, template: str, change: str) -> None:
    """Change the message about this complaint."""
    async with service.begin() as tx:
        await tx.execute(
            f"UPDATE messages SET {change} WHERE complaint_id = :id AND template = :template",
            {"id": complaint_id, "template": template},
        )


def mails_to(mailbox: Mailbox, address: str) -> list[Mail]:
    return [mail for mail in read_mail(mailbox.folder) if mail["Delivered-To"] == address]


def text_of(mail: Mail) -> str:
    """The subject and the body as a person reads them."""
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"{mail['Subject']}\n{payload.decode()}"


class BrokenTemplate:
    """A template whose every use fails."""

    version = "0"
