"""A mail server that no longer knows some addresses (550) and is sometimes busy (450)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zlib import crc32

from services.notify.channels.mails import Mail
from services.notify.channels.smtp import ACCEPTED, MailResult, Write
from services.notify.domain.deliveries import FAILED, REJECTED, SERVER_BUSY, WAITING
from tests.silence.faults import Faults

GONE = MailResult(FAILED, REJECTED, 550)
BUSY = MailResult(WAITING, SERVER_BUSY, 450)


class Post:
    """Stands where notify has its mail server; `gone` is the share of addresses that it refuses for good.

    It refuses those in `refused` too. `accepted` counts how often each mail was accepted, `accepted_at` is when first.
    """

    unreachable = False

    def __init__(self, faults: Faults, gone: float) -> None:
        self.refused: set[str] = set()
        self.accepted: Counter[UUID] = Counter()
        self.accepted_at: dict[UUID, datetime] = {}
        self._faults, self._gone = faults, gone

    async def reconnect(self) -> bool:
        return True

    async def close(self) -> None:
        """Nothing to close."""

    async def send(self, mails: Sequence[Mail], write: Write, seconds: float) -> Mapping[UUID, MailResult]:
        return {mail.id: self._result(mail, write) for mail in mails}

    def _result(self, mail: Mail, write: Write) -> MailResult:
        if mail.address in self.refused or crc32(mail.address.encode()) % 1_000 < 1_000 * self._gone:
            return GONE
        if self._faults.hits(0.02, "mail server busy"):
            return BUSY
        write(mail)
        self.accepted[mail.id] += 1
        self.accepted_at.setdefault(mail.id, self._faults.now)
        return ACCEPTED
