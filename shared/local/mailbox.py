"""A local mail server: it accepts every message, delivers none, and keeps each in a maildir."""

import hashlib
import os
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import uvloop
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LONGEST_MESSAGE = 2**25  # bytes; aiosmtpd's own limit
DOT = b".\r\n"
PLAIN_PATH = re.compile(r"<([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)>\s*(.*)")


class Mailbox:
    """Catches mail on a port of loopback; the second copy of one Message-ID is counted and dropped."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self._drafts, self._kept = folder / "tmp", folder / "new"
        self.repeated = 0
        self._stopped = False
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._known = {_identity(path.name) for part in ("new", "cur") for path in (folder / part).iterdir()}
        self._count = len(self._known)
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            loop=uvloop.new_event_loop(),
            ready_timeout=10,
            server_hostname="localhost",  # Otherwise the machine's name is looked up at every connection.
        )

    @property
    def port(self) -> int:
        address: tuple[str, int] = self._controller.server.sockets[0].getsockname()  # type: ignore[union-attr]
        return address[1]

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._controller.stop(no_assert=True)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Called by aiosmtpd, which reads one command after another, however many come at once."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd for each message; the answer is 250 once the message is in the folder."""
        content = envelope.original_content or b""
        identity = _message_identity(content)
        if identity in self._known:
            self.repeated += 1
            return "250 Known already"
        self._keep(identity, b"Delivered-To: " + _listed(envelope.rcpt_tos) + b"\r\n" + content)
        self._known.add(identity)
        return "250 Kept"

    def _keep(self, identity: str, content: bytes) -> None:
        """Write the message aside and rename it, so that a reader finds whole messages only."""
        name = f"{self._count + 1:09d}.{identity}.local"
        draft = f"{self._drafts}/{name}"
        with open(draft, "wb", buffering=0) as file:
            file.write(content)
        os.rename(draft, f"{self._kept}/{name}")
        self._count += 1


class _Controller(Controller):
    """A controller that may listen on port 0: it asks the socket for the port, which aiosmtpd does not."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


class _Server(SMTP):
    """A server that takes plain addresses and whole messages quickly: aiosmtpd parses each address by its whole
    grammar (0.1 ms) and reads a message line by line, with a wait for each line."""

    line_length_limit = LONGEST_MESSAGE

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = PLAIN_PATH.fullmatch(arg.strip())
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)

    async def smtp_DATA(self, arg: str) -> None:
        """The command DATA (RFC 5321, 4.1.1.4): the message, as far as the line with a dot alone."""
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._reader.readuntil(b"\r\n")
        while content != DOT and not content.endswith(b"\r\n" + DOT):
            content += await self._reader.readuntil(DOT)
        plain = content[: -len(DOT)].replace(b"\r\n..", b"\r\n.")
        self.envelope.content = self.envelope.original_content = plain[1:] if plain.startswith(b"..") else plain
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)


def _message_identity(content: bytes) -> str:
    """The identity of a message: a hash of its Message-ID, or of all of it where it has none."""
    head = content.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
    return hashlib.sha256(lines[0].strip() if lines else content).hexdigest()[:40]


def _identity(name: str) -> str:
    return name.split(".")[1]


def _listed(recipients: Sequence[str]) -> bytes:
    return ", ".join(recipients).encode(errors="surrogateescape")


def read_mail(folder: Path, seen: set[str] | None = None) -> list[Message]:
    """Every message caught so far, oldest first, with `Delivered-To` naming its recipient.

    Those named in `seen` are left out, and the others are noted there: a folder that is listed while messages come may
    pass one over, which is then read the next time.
    """
    known = set() if seen is None else seen
    fresh = sorted(path for path in (folder / "new").iterdir() if path.name not in known)
    known.update(path.name for path in fresh)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in fresh]
