"""A small house for notify's tests: agencies, reporters, complaints, and a real mail server."""

from collections.abc import Sequence
from datetime import timedelta
from email.message import Message as Mail
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notify.actions import sending
from shared import inbox
from shared.bus import Message
from shared.events import (
    AgencyPublished,
    AgencyRef,
    ComplaintFiled,
    ComplaintRouted,
    ContactStored,
    Fact,
    Recipient,
    SeatCard,
    encode,
    event_of,
)
from shared.local.mailbox import Mailbox, read_mail
from shared.service import RunningService

WORKS, OFFICE, ABOVE, EAST = "35.78.pu", "35.78.kominfo", "35.78", "91.71.pu"
NAMES = {WORKS: "Dinas Pekerjaan Umum", OFFICE: "Dinas Kominfo", ABOVE: "Kota Surabaya", EAST: "Dinas PU Jayapura"}
SENDER = {"mail_from": "Tanggap <no-reply@tanggap.example>"}


class Grumbler(Mailbox):
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


def zone_of(code: str) -> str:
    return "Asia/Jayapura" if code.startswith("91") else "Asia/Jakarta"


def ref(code: str, name: str | None = None) -> AgencyRef:
    return AgencyRef(code=code, name=name or NAMES[code], tier="unit", zone=zone_of(code))


def agency(code: str, *, without: Sequence[str] = (), name: str | None = None, **emails: str) -> AgencyPublished:
    roles = ("liaison", "coordinator", "leader")
    seats = [
        SeatCard(
            role=role,
            title=f"{role} {code}",
            email=None if role in without else emails.get(role, f"{role}@{code}.example"),
        )
        for role in roles
    ]
    return AgencyPublished(
        code=code,
        name=name or NAMES[code],
        tier="unit",
        parent=None,
        region=None,
        zone=zone_of(code),
        seats=tuple(seats),
    )


def agencies() -> list[Fact]:
    return [agency(code) for code in NAMES]


def contact(service: RunningService, reporter_ref: UUID, email: str | None = "siti@warga.example") -> ContactStored:
    words = orjson.dumps({"name": "Siti Rahasia", "email": email, "phone": "+62811000000"}).decode()
    return ContactStored(reporter_ref=reporter_ref, sealed=service.state.vault.seal(words, str(reporter_ref)))


def filed(
    service: RunningService, number: int = 1, reporter_ref: UUID | None = None, confidential: bool = False
) -> ComplaintFiled:
    return ComplaintFiled(
        complaint_id=uuid4(),
        reference=f"TG-25-{number:04}",
        filed_at=service.now(),
        kind="complaint",
        channel="web",
        confidential=confidential,
        reporter_ref=reporter_ref,
        sealed="v1.sealed.words",
    )


def routed(complaint: ComplaintFiled, code: str = WORKS, name: str | None = None) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=complaint.complaint_id,
        agency=ref(code, name),
        verifier=ref(OFFICE),
        rule="unit",
        explanation="named by the reporter",
        filed_at=complaint.filed_at,
        kind="complaint",
    )


def seat(code: str, role: Any = "leader") -> Recipient:
    return Recipient(agency=code, role=role)


async def hear(service: RunningService, *facts: Fact) -> list[Message]:
    """The service receives these facts; the messages, for receiving them again."""
    messages = [Message(fact.topic, fact.key, encode(event_of(fact, service.now()))) for fact in facts]
    await inbox.receive(service, messages)
    return messages


async def hear_complaint(
    service: RunningService, number: int = 1, *, email: str | None = "siti@warga.example", confidential: bool = False
) -> ComplaintFiled:
    """A complaint of a reporter whose contact is known has been filed and routed."""
    reporter_ref = uuid4()
    complaint = filed(service, number, reporter_ref, confidential)
    await hear(service, contact(service, reporter_ref, email), complaint, routed(complaint))
    return complaint


async def send_all(*services: RunningService) -> int:
    """Every step until nothing moves, as `settle` does."""
    total = 0
    while done := sum([await sending.send_once(service) for service in services]):
        total += done
    return total


async def ledger(service: RunningService, **wanted: Any) -> list[Any]:
    async with service.begin() as tx:
        rows = (await tx.execute("SELECT * FROM messages ORDER BY id")).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


async def pass_time(service: RunningService, hours: float = 24) -> None:
    """As if so much real time had passed: what waits is due, leases have ended."""
    span = timedelta(hours=hours)
    async with service.begin() as tx:
        await tx.execute(
            "UPDATE messages SET next_try_at = next_try_at - CAST(:span AS interval),"
            " claimed_until = claimed_until - CAST(:span AS interval) WHERE state IN ('waiting', 'sending')",
            {"span": span},
        )


def mail_to(box: Mailbox, address: str) -> list[Mail]:
    return [mail for mail in read_mail(box.folder) if mail["Delivered-To"] == address]


def words(mail: Mail) -> str:
    """The subject and the body as a person reads them."""
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"{mail['Subject']}\n{payload.decode()}"
