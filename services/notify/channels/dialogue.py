"""The dialogue that hands mails over, on a connection that aiosmtplib has opened, encrypted and signed in.

aiosmtplib waits for each reply before it sends the next command. A server that offers PIPELINING (RFC 2920) gets all
commands of a mail at once: two waits for a mail instead of four.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

from aiosmtplib import SMTP

LONGEST_REPLY = 65_536
START_OF_MAIL, CLOSING = 354, 421


class Dialogue(asyncio.Protocol):
    """Takes over the connection of this client. One mail at a time."""

    def __init__(self, client: SMTP) -> None:
        self._transport = cast(asyncio.Transport, client.transport)
        self._pipelines = client.supports_extension("pipelining")
        self._transport.set_protocol(self)
        self._said = b""
        self._lost = False
        self._heard = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether another mail can be sent; not after words of the server for which nobody has asked."""
        return not (self._lost or self._said or self._transport.is_closing())

    async def send(self, sender: bytes, address: bytes, content: bytes) -> int:
        """The code of the server's answer to a mail whose lines end with CRLF; 2xx once the server has taken it.

        Raises ConnectionError where the connection ends before, ValueError for what is no reply or no address.
        """
        if len(address.split()) != 1:
            raise ValueError("An address has no blanks and no further lines.")
        codes = await self._commands((b"MAIL FROM:<%b>" % sender, b"RCPT TO:<%b>" % address, b"DATA"))
        refused = next((code for code in codes if not 200 <= code < 400), None)
        if refused is None:
            return await self._ask(_quoted(content) + b".")
        await self._abandon(codes)
        return refused

    async def _commands(self, commands: Sequence[bytes]) -> Sequence[int]:
        """The codes of the replies, as far as the server has heard the commands."""
        codes: list[int] = []
        if self._pipelines:
            self._write(b"\r\n".join(commands))
        for command in commands:
            codes.append(await (self._reply() if self._pipelines else self._ask(command)))
            if codes[-1] == CLOSING or (codes[-1] >= 400 and not self._pipelines):
                break
        return codes

    async def _abandon(self, codes: Sequence[int]) -> None:
        """Have the server forget the mail, so that the next can begin; else close the connection."""
        try:
            if codes[-1] == START_OF_MAIL:  # It takes the text, although it refused what came before.
                await self._ask(b".")
            if codes[-1] == CLOSING or await self._ask(b"RSET") >= 400:
                self.close()
        except (OSError, ValueError):
            self.close()

    async def _ask(self, words: bytes) -> int:
        self._write(words)
        return await self._reply()

    def _write(self, words: bytes) -> None:
        if not self.is_open:
            raise ConnectionResetError("The mail server has closed the connection.")
        self._transport.write(words + b"\r\n")

    async def _reply(self) -> int:
        """The code of the next reply, whose last line has no hyphen behind the code (RFC 5321, 4.2.1)."""
        while True:
            line, end, rest = self._said.partition(b"\n")
            if end:
                self._said = rest
                if line[3:4] != b"-":
                    return int(line[:3])
            elif self._lost:
                raise ConnectionResetError("The mail server has closed the connection.")
            else:
                self._heard.clear()
                await self._heard.wait()

    def data_received(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > LONGEST_REPLY:
            self.close()
        self._heard.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._heard.set()

    def close(self) -> None:
        self._transport.abort()


def _quoted(content: bytes) -> bytes:
    """The lines with a dot before each that begins with one (RFC 5321, 4.5.2)."""
    quoted = content.replace(b"\r\n.", b"\r\n..")
    return b"." + quoted if quoted.startswith(b".") else quoted
