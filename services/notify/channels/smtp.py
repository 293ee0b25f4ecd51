"""The mail server: mails are handed over by SMTP, on a few connections that stay open."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiosmtplib import SMTP, SMTPException

from services.notify.channels.dialogue import Dialogue
from services.notify.channels.mails import Mail
from services.notify.domain.deliveries import (
    CONNECTION_LOST,
    FAILED,
    REJECTED,
    SENT,
    SERVER_BUSY,
    UNWRITABLE,
    WAITING,
)
from services.notify.settings import Settings
from shared.telemetry import log, mail_server_unreachable, mails_total
from shared.vocabulary import MessageState

CONNECT_SECONDS, MAIL_SECONDS = 5.0, 15.0


@dataclass(frozen=True, slots=True)
class MailResult:
    """The result for one mail: sent, waiting (to be tried again) or failed. `tried` is false if nobody tried."""

    state: MessageState
    reason: str | None = None
    smtp_code: int | None = None
    tried: bool = True


ACCEPTED = MailResult(SENT)
UNTRIED = MailResult(WAITING, tried=False)
LOST = MailResult(WAITING, CONNECTION_LOST)

Write = Callable[[Mail], bytes]


class Unreachable(Exception):
    """The mail server cannot be reached."""


class MailServer:
    """The connections of one process to the mail server. While `unreachable`, claim no mail before `reconnect`."""

    def __init__(self, settings: Settings, sender: str, domain: str) -> None:
        self._settings, self._sender, self._domain = settings, sender.encode("ascii"), domain
        self._free: list[Dialogue] = []
        self._places = asyncio.Semaphore(settings.smtp_connections)
        self.unreachable = False

    async def reconnect(self) -> bool:
        """Whether the server can be reached again; the connection is kept for the next mail."""
        try:
            self._free.append((await self._take())[0])
        except Unreachable:
            return False
        return True

    async def send(self, mails: Sequence[Mail], write: Write, seconds: float) -> Mapping[UUID, MailResult]:
        """Hand these mails over; one result for each mail.

        No further mail is begun after so many seconds, nor once the server cannot be reached.
        """
        results, queue = dict.fromkeys((mail.id for mail in mails), UNTRIED), iter(mails)
        elapsed = asyncio.get_running_loop().time
        stop_at = elapsed() + seconds

        async def send_from_queue() -> None:
            for mail in queue:
                async with self._places:
                    if elapsed() > stop_at:
                        return
                    try:
                        results[mail.id] = await self._send(mail, write)
                    except Unreachable:
                        return
                    mails_total.labels(results[mail.id].state).inc()

        await asyncio.gather(*(send_from_queue() for _ in range(min(self._settings.smtp_connections, len(mails)))))
        return results

    async def close(self) -> None:
        while self._free:
            self._free.pop().close()

    async def _send(self, mail: Mail, write: Write) -> MailResult:
        try:
            content = write(mail)
        except Exception as error:  # A fault in a template must not stop the mails of others.
            log.error("mail not written", mail=str(mail.id), error=repr(error))
            return MailResult(FAILED, UNWRITABLE)
        while True:
            dialogue, is_new = await self._take()
            result = await self._hand_over(dialogue, mail.address, content)
            # The server may have closed an idle connection long ago: that says nothing about the mail.
            if result is not LOST or is_new:
                return result

    async def _hand_over(self, dialogue: Dialogue, address: str, content: bytes) -> MailResult:
        try:
            async with asyncio.timeout(MAIL_SECONDS):
                code = await dialogue.send(self._sender, address.encode("ascii"), content)
        except (OSError, TimeoutError, ValueError):
            dialogue.close()
            return LOST
        if dialogue.is_open:
            self._free.append(dialogue)
        return ACCEPTED if 200 <= code < 300 else _refused(code)

    async def _take(self) -> tuple[Dialogue, bool]:
        """A connection, and whether it is new."""
        while self._free:
            dialogue = self._free.pop()
            if dialogue.is_open:
                return dialogue, False
            dialogue.close()
        return await self._connect(), True

    async def _connect(self) -> Dialogue:
        settings = self._settings
        client = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_starttls,
            local_hostname=self._domain,
            timeout=None,  # One limit for connecting, another for a whole mail.
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            if not self.unreachable:
                log.warning("mail server unreachable", error=type(error).__name__)
            self.unreachable = True
            mail_server_unreachable.set(1)
            raise Unreachable from error
        self.unreachable = False
        mail_server_unreachable.set(0)
        return Dialogue(client)


def _refused(code: int) -> MailResult:
    """4xx may pass, 5xx will not (RFC 5321, 4.2.1). Only the code is kept: the server's text may hold the address."""
    return MailResult(FAILED, REJECTED, code) if 500 <= code < 600 else MailResult(WAITING, SERVER_BUSY, code)
