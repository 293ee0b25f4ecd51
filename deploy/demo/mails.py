"""The sent mails, read from the maildir of the local mail server."""

import re
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from shared.local.mailbox import read_mail

REFERENCE = re.compile(r"TG-[0-9A-Z]{5}-[0-9A-Z]{5}(?:-\d+)?")
LINK = re.compile(r"^https?://\S+", re.MULTILINE)
# All reporters of the demo have addresses in this domain; all other mails go to seats.
REPORTERS = "@warga.example"
POSTS = {"penghubung": "liaison", "koordinator": "coordinator", "pimpinan": "leader"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; `notices` are its references, one for each notice in it; `link` acknowledges it, where it has one."""

    message_id: str
    to: str
    subject: str
    notices: tuple[str, ...]
    link: str = ""

    @property
    def kind(self) -> str:
        return "reporter" if self.to.endswith(REPORTERS) else "seat"

    @property
    def role(self) -> str:
        """`reporter`, or the role of the seat, taken from its address."""
        return "reporter" if self.kind == "reporter" else POSTS.get(re.split(r"[.@]", self.to)[0], "seat")


@dataclass(slots=True)
class Mails:
    """The folder, of which each `read` returns the new mails."""

    folder: Path
    all: list[Mail] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def read(self) -> list[Mail]:
        """The mails that arrived since the last read."""
        fresh = [mail_of(message) for message in read_mail(self.folder, self.seen)]
        self.all += fresh
        return fresh


def mail_of(message: Message) -> Mail:
    subject = str(message["Subject"])
    body: str = message.get_content()  # type: ignore[attr-defined]
    # A mail with several notices lists their subjects; any other has one notice, named in its subject.
    listed = [line for line in body.splitlines() if line.startswith("- ")]
    named = [n for line in listed or [subject] for n in REFERENCE.findall(line)]
    link = LINK.search(body)
    return Mail(
        str(message["Message-ID"]), str(message["Delivered-To"]), subject, tuple(named), link[0] if link else ""
    )
