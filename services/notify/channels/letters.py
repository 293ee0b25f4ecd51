"""Writes the mail of one or more notices: Indonesian templates, compiled once, and headers that cannot be injected."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, StrictUndefined, Template

FOLDER = Path(__file__).parent.parent / "templates"
JOINED = "joined"
LONGEST_LINE = 900  # RFC 5322 allows 998 octets.
SHORT_SUBJECT = 66  # With its name and CRLF it fits in the 78 octets that need no fold.
BREAKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]+")


def one_line(value: Any) -> Any:
    """Every value put into a template is one line, whoever wrote it."""
    if not isinstance(value, str) or (value.isprintable() and "  " not in value):
        return value  # Most are; a look costs a tenth of a substitution.
    return BREAKS.sub(" ", value)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice: its template and the values for it."""

    template: str
    words: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent at once to one address; `id` gives the Message-ID and the date, so that a second copy is equal."""

    id: UUID
    address: str
    lines: Sequence[Line]
    office: str = ""

    @property
    def templates(self) -> tuple[str, ...]:
        return (self.lines[0].template,) if len(self.lines) == 1 else (JOINED,)


class Wording:
    """A template: its first line is the subject, the rest the body."""

    def __init__(self, source: str, environment: Environment) -> None:
        subject, _, body = source.partition("\n")
        self.version = hashlib.sha256(source.encode()).hexdigest()[:12]
        self.subject: Template = environment.from_string(subject)
        self.body: Template = environment.from_string(body.strip("\n"))


class Letters:
    """Writes mails from one sender."""

    def __init__(self, mail_from: str) -> None:
        message = EmailMessage()
        message["From"] = mail_from
        sender: Address = message["From"].addresses[0]
        self.sender, self.domain = sender.addr_spec, sender.domain
        self._from: bytes = SMTP.fold_binary("From", message["From"])

    @cached_property
    def wordings(self) -> Mapping[str, Wording]:
        environment = Environment(
            finalize=one_line,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # Plain text; `finalize` is what keeps values harmless.
        )
        return {path.stem: Wording(path.read_text("utf-8"), environment) for path in sorted(FOLDER.glob("*.txt"))}

    def version(self, template: str, joined: bool) -> str:
        """The hash of the template's text, and of the joining template's where that was used."""
        own = self.wordings[template].version
        return f"{own}+{self.wordings[JOINED].version}" if joined else own

    def write(self, mail: Mail) -> bytes:
        """The mail as it goes over the wire; the same mail always gives the same bytes."""
        subject, body = self._text(mail)
        encoding, content = _encoded(body)
        return b"".join((self._head(mail, subject, encoding), content))

    def _text(self, mail: Mail) -> tuple[str, str]:
        if len(mail.lines) == 1:
            line = mail.lines[0]
            wording = self.wordings[line.template]
            return wording.subject.render(line.words), wording.body.render(line.words)
        subjects = [self.wordings[line.template].subject.render(line.words) for line in mail.lines]
        words = {"lines": subjects, "count": len(subjects), "office": mail.office}
        return self.wordings[JOINED].subject.render(words), self.wordings[JOINED].body.render(words)

    def _head(self, mail: Mail, subject: str, encoding: str) -> bytes:
        return self._from + (
            f"To: {mail.address}\r\n"
            f"Subject: {_subject(subject)}\r\n"
            f"Date: {format_datetime(_written_at(mail.id))}\r\n"
            f"Message-ID: <{mail.id}@{self.domain}>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "Content-Language: id\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: text/plain; charset="utf-8"\r\n'
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode("ascii")


def _subject(subject: str) -> str:
    """As it is where it is plain and short; else folded, and encoded where it has more than ASCII (RFC 2047)."""
    line = one_line(subject).strip()
    plain = line.isascii() and "=?" not in line
    if plain and len(line) <= SHORT_SUBJECT:
        return str(line)
    return Header(line, "us-ascii" if plain else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _written_at(mail_id: UUID) -> datetime:
    """The moment in a UUIDv7."""
    return datetime.fromtimestamp((mail_id.int >> 80) / 1000, UTC)


def _encoded(body: str) -> tuple[str, bytes]:
    raw = body.replace("\n", "\r\n").encode() + b"\r\n"
    if raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE:
        return "7bit", raw
    return "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
