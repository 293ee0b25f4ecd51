"""A mail server for a desk: it accepts every message, delivers none, and keeps all in one mbox file.

Not in a maildir, for to make a file costs a hundred times as much as to lengthen one.
"""

import hashlib
import mailbox
import os
import re
from collections.abc import Sequence
from contextlib import closing
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import uvloop
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.clock import RealClock

FILE = "caught.mbox"
NAMES = re.compile(rb"^From ([0-9a-f]{40}) ", re.MULTILINE)
FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
PLAIN_PATH = re.compile(r"<([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)>\s*(.*)")


class Mailbox:
    """Catches mail on a port of loopback; the second copy of one Message-ID is counted and dropped."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.repeated = 0
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        self._known = set(NAMES.findall(path.read_bytes())) if path.exists() else set()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            loop=uvloop.new_event_loop(),
            ready_timeout=10,
            server_hostname="localhost",  # Or the machine's name would be looked up for every connection.
        )

    @property
    def port(self) -> int:
        address: tuple[str, int] = self._controller.server.sockets[0].getsockname()  # type: ignore[union-attr]
        return address[1]

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if self._file < 0:
            return
        self._controller.stop(no_assert=True)
        os.close(self._file)
        self._file = -1

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd calls this for each message; 250 only once it is in the file."""
        content = envelope.original_content or b""
        name = _name(content)
        if name in self._known:
            self.repeated += 1
            return "250 Known already"
        # One write, so that whoever reads meanwhile finds whole messages.
        os.write(self._file, _entry(name, envelope.rcpt_tos, content))
        self._known.add(name)
        return "250 Kept"


class _Controller(Controller):
    """aiosmtpd tells its users to connect to port 0 after listening on it; ours asks the socket for its port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


class _Server(SMTP):
    """aiosmtpd takes a tenth of a millisecond to parse an address by the whole grammar; most need none of it."""

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = PLAIN_PATH.fullmatch(arg.strip())
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)


def _name(content: bytes) -> bytes:
    """What tells one message from another: its Message-ID, or all of it where it has none."""
    head = content.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
    return hashlib.sha256(lines[0].strip() if lines else content).hexdigest()[:40].encode()


def _entry(name: bytes, recipients: Sequence[str], content: bytes) -> bytes:
    """A message as an mbox has it; its name stands where mail programs expect the sender."""
    head = b"From %s %s\nDelivered-To: " % (name, RealClock().now().ctime().encode())
    text = FROM_LINE.sub(rb">\1", content.replace(b"\r\n", b"\n"))
    return head + ", ".join(recipients).encode(errors="surrogateescape") + b"\n" + text + b"\n"


def read_mail(folder: Path) -> list[Message]:
    """Every message caught so far, oldest first, with `Delivered-To` naming its recipient."""
    box = mailbox.mbox(folder / FILE, factory=lambda file: message_from_bytes(file.read(), policy=default))  # type: ignore[arg-type,return-value]
    with closing(box):
        return list(box)
