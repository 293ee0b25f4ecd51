"""The mails that went out, read from the maildir in which the desk's mail server keeps them."""

import re
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from shared.local.mailbox import read_mail

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
    """The folder, read a little further each time."""

    folder: Path
    all: list[Mail] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def read(self) -> list[Mail]:
        """The mails that came since the last time."""
        fresh = [mail_of(message) for message in read_mail(self.folder, self.seen)]
        self.all += fresh
        return fresh


def mail_of(message: Message) -> Mail:
    subject = str(message["Subject"])
    body: str = message.get_content()  # type: ignore[attr-defined]
    # A mail that joins notices lists their subjects; any other is one notice, named in its subject.
    named = REFERENCE.findall(subject) or [
        n for line in body.splitlines() if line[:2] == "- " for n in REFERENCE.findall(line)
    ]
    return Mail(str(message["Message-ID"]), str(message["Delivered-To"]), subject, tuple(named))
