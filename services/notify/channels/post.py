"""Hands mails to the SMTP server over a few connections that stay open."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiosmtplib import SMTP, SMTPDataError, SMTPException

from services.notify.channels.letters import Mail
from services.notify.domain.sending import CONNECTION_LOST, REJECTED, SERVER_BUSY, UNWRITABLE
from services.notify.settings import Settings
from shared.telemetry import log

CONNECT_SECONDS, MAIL_SECONDS = 5.0, 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail: sent, waiting (try again), failed, or unsent: nobody tried."""

    state: str
    reason: str | None = None
    smtp_code: int | None = None


SENT = Outcome("sent")
UNSENT = Outcome("unsent")
LOST = Outcome("waiting", CONNECTION_LOST)

Write = Callable[[Mail], bytes]


class Unreachable(Exception):
    """The mail server cannot be reached."""


class Post:
    """The connections of one process; after `troubled`, ask `reach` before anything is claimed."""

    def __init__(self, settings: Settings, sender: str, domain: str) -> None:
        self._settings, self._sender, self._domain = settings, sender.encode("ascii"), domain
        self._free: list[SMTP] = []
        self.troubled = False

    async def reach(self) -> bool:
        """Whether the server can be reached; the connection is kept for the mail to come."""
        try:
            self._free.append((await self._take())[0])
        except Unreachable:
            return False
        return True

    async def send(self, mails: Sequence[Mail], write: Write, seconds: float) -> Mapping[UUID, Outcome]:
        """One outcome for each mail; no mail is begun after so many seconds, nor once the server is out of reach."""
        outcomes, queue = dict.fromkeys((mail.id for mail in mails), UNSENT), iter(mails)
        elapsed = asyncio.get_running_loop().time
        stop_at = elapsed() + seconds

        async def work() -> None:
            for mail in queue:
                try:
                    outcomes[mail.id] = await self._send(mail, write)
                except Unreachable:
                    return
                if elapsed() > stop_at:
                    return

        await asyncio.gather(*(work() for _ in range(min(self._settings.smtp_connections, len(mails)))))
        return outcomes

    async def close(self) -> None:
        while self._free:
            self._free.pop().close()

    async def _send(self, mail: Mail, write: Write) -> Outcome:
        try:
            content = write(mail)
        except Exception as error:  # A fault in a template must not stop the mails of others.
            log.error("mail not written", mail=str(mail.id), error=repr(error))
            return Outcome("failed", UNWRITABLE)
        while True:
            client, fresh = await self._take()
            outcome = await self._hand_over(client, mail.address, content)
            # An idle connection may have been closed by the server long ago: that says nothing about the mail.
            if outcome is not LOST or fresh:
                return outcome

    async def _hand_over(self, client: SMTP, address: str, content: bytes) -> Outcome:
        try:
            async with asyncio.timeout(MAIL_SECONDS):
                code = await self._dialogue(client, address, content)
        except (SMTPException, OSError, TimeoutError, ValueError):
            client.close()
            return LOST
        if client.is_connected:
            self._free.append(client)
        return SENT if 200 <= code < 300 else _refused(code)

    async def _dialogue(self, client: SMTP, address: str, content: bytes) -> int:
        """The server's last word. Not `client.sendmail`, which parses each address twice: ours are checked already."""
        for command in (b"MAIL FROM:<" + self._sender + b">", b"RCPT TO:<" + address.encode("ascii") + b">"):
            code = (await client.execute_command(command)).code
            if not 200 <= code < 300:
                return await self._abandon(client, code)
        try:
            return (await client.data(content)).code
        except SMTPDataError as error:
            return await self._abandon(client, error.code)

    async def _abandon(self, client: SMTP, code: int) -> int:
        """Leave the transaction, so that the next mail can begin; if that fails, the connection is of no more use."""
        try:
            if client.is_connected:
                await client.rset()
        except (SMTPException, OSError):
            client.close()
        return code

    async def _take(self) -> tuple[SMTP, bool]:
        """A connection, and whether it is new."""
        while self._free:
            client = self._free.pop()
            if client.is_connected:
                return client, False
        return await self._connect(), True

    async def _connect(self) -> SMTP:
        settings = self._settings
        client = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_starttls,
            local_hostname=self._domain,
            timeout=None,  # One limit for a whole mail costs less than one for each of its four commands.
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            if not self.troubled:
                log.warning("mail server out of reach", error=type(error).__name__)
            self.troubled = True
            raise Unreachable from error
        self.troubled = False
        return client


def _refused(code: int) -> Outcome:
    """4xx may pass, 5xx will not (RFC 5321, 4.2.1). The server's words may hold the address: only the code is kept."""
    return Outcome("failed", REJECTED, code) if 500 <= code < 600 else Outcome("waiting", SERVER_BUSY, code)
