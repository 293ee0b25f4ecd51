"""The mails that went out, read from the file in which the desk's mail server keeps them."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

# The line between two messages in an mbox; a "From " in a text is quoted by the server.
FROM_LINE = re.compile(rb"^From .*\n", re.MULTILINE)
REFERENCE = re.compile(r"TG-[0-9A-Z]{5}-[0-9A-Z]{5}")
# Complaints of this demonstration give addresses under this name; all other mail goes to seats.
REPORTERS = "@warga.example"
POSTS = {"penghubung": "liaison", "koordinator": "coordinator", "pimpinan": "leader"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; `notices` are the references it tells of, one for each notice that it joins."""

    message_id: str
    to: str
    subject: str
    notices: tuple[str, ...]

    @property
    def kind(self) -> str:
        return "reporter" if self.to.endswith(REPORTERS) else "seat"

    @property
    def role(self) -> str:
        """reporter, or the seat's role by the address of its post."""
        return "reporter" if self.kind == "reporter" else POSTS.get(re.split(r"[.@]", self.to)[0], "seat")


@dataclass(slots=True)
class Mails:
    """The file, read a little further each time."""

    file: Path
    all: list[Mail] = field(default_factory=list)
    _read: int = 0

    def read(self) -> list[Mail]:
        """The mails that came since the last time; each was written whole."""
        with self.file.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        fresh = [mail_of(content) for content in FROM_LINE.split(new)[1:]]
        self.all += fresh
        return fresh


def mail_of(content: bytes) -> Mail:
    message = message_from_bytes(content, policy=default)
    subject = str(message["Subject"])
    body = message.get_content()
    # A mail that joins notices lists their subjects; any other is one notice, named in its subject.
    named = REFERENCE.findall(subject) or [
        n for line in body.splitlines() if line[:2] == "- " for n in REFERENCE.findall(line)
    ]
    return Mail(str(message["Message-ID"]), str(message["Delivered-To"]), subject, tuple(named))
