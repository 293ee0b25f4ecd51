"""A mail server for a desk: it accepts every message, delivers none, and keeps each in a maildir."""

import hashlib
import mailbox
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Catches mail on a port of loopback; the second copy of one Message-ID is counted and dropped."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.repeated = 0
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._controller = _Controller(self, hostname="127.0.0.1", port=port, ready_timeout=10)

    @property
    def port(self) -> int:
        address: tuple[str, int] = self._controller.server.sockets[0].getsockname()  # type: ignore[union-attr]
        return address[1]

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd calls this for each message; 250 only once it is in the folder."""
        content = envelope.original_content or b""
        name = _name(content)
        if (self.folder / "new" / name).exists():
            self.repeated += 1
            return "250 Known already"
        draft = self.folder / "tmp" / name
        draft.write_bytes(b"Delivered-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + content)
        draft.rename(self.folder / "new" / name)
        return "250 Kept"


class _Controller(Controller):
    """aiosmtpd tells its users to connect to port 0 after listening on it; ours asks the socket for its port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _name(content: bytes) -> str:
    head = content.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
    return hashlib.sha256(lines[0].strip() if lines else content).hexdigest()[:40]


def read_mail(folder: Path) -> list[Message]:
    """Every message caught so far, with `Delivered-To` naming its recipient."""
    box = mailbox.Maildir(folder, factory=lambda file: message_from_bytes(file.read(), policy=default))  # type: ignore[arg-type,return-value]
    return list(box)
