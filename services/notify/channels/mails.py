"""Mails written from Indonesian templates: one notice, or several joined, under headers that no value can change."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

from services.notify.domain.acknowledgements import written_at

NOBODYS = UUID(int=0)
FOLDER = Path(__file__).parent.parent / "templates"
JOINED = "joined"
# What a line of a joined mail leaves out where a notice has no such words.
UNSAID: Mapping[str, Any] = {"due": "", "is_over": False, "next": "", "next_is_over": False, "page": ""}
# The block of a template that says what the reader is asked to do: a joined mail repeats it for each notice.
ASKED = "asked"
LONGEST_LINE = 900  # RFC 5322 allows 998 octets.
SHORT_SUBJECT = 66  # With the header's name and CRLF, 78 octets: longer lines are folded (RFC 5322).
# Above the last paragraph of a mail that a seat should acknowledge.
CONFIRMATION = "Mohon konfirmasi bahwa pemberitahuan ini telah Saudara baca, dengan satu tombol pada halaman ini:\n{}"
# Above it, in a mail about a sensitive complaint.
SENSITIVE = (
    "Aduan ini sensitif: hanya jabatan yang ditunjuk untuk itu yang boleh membaca dan menanganinya. "
    "Mohon surel ini tidak diteruskan."
)
BREAKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]+")


def one_line(value: Any) -> Any:
    """The value as a template shows it: a text becomes one line."""
    if not isinstance(value, str) or (value.isprintable() and "  " not in value):
        return value  # Most texts are one line; this look costs a tenth of a substitution.
    return BREAKS.sub(" ", value)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message in a mail: its template and the values for it."""

    template: str
    words: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """One or more notices to one address; `addressee` names the seat and is empty for a reporter.

    `link` leads to the page on which the seat acknowledges the mail; it is empty where nothing must be acknowledged.
    One that is `sensitive` says to a seat that it is for nobody else.
    `id`, a UUIDv7, gives the Message-ID and the date, so that a mail written again has the same bytes.
    """

    id: UUID
    address: str
    notices: Sequence[Notice]
    addressee: str = ""
    link: str = ""
    sensitive: bool = False


class MailTemplate:
    """A template: its first line is the subject, the rest the body. `version` is a hash of its text."""

    def __init__(self, source: str, environment: Environment) -> None:
        subject, _, body = source.partition("\n")
        self.version = hashlib.sha256(source.encode()).hexdigest()[:12]
        self.subject: Template = environment.from_string(subject)
        self.body: Template = environment.from_string(body.strip("\n"))

    def asked(self, words: Mapping[str, Any]) -> Sequence[str]:
        """The lines that say what its reader is asked to do; none where the template has no such block."""
        block = self.body.blocks.get(ASKED)
        lines = "".join(block(self.body.new_context(dict(words)))).splitlines() if block else []
        return [line for line in lines if line]


class MailWriter:
    """Writes mails from one sender."""

    def __init__(self, mail_from: str) -> None:
        message = EmailMessage()
        message["From"] = mail_from
        sender: Address = message["From"].addresses[0]
        self.sender, self.domain = sender.addr_spec, sender.domain
        self._from: bytes = SMTP.fold_binary("From", message["From"])

    @cached_property
    def templates(self) -> Mapping[str, MailTemplate]:
        environment = Environment(
            finalize=one_line,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # Mails are plain text; `finalize` makes values harmless.
        )
        environment.globals.clear()  # No mail counts or joins; their look-up takes half the time of a subject.
        return {path.stem: MailTemplate(path.read_text("utf-8"), environment) for path in sorted(FOLDER.glob("*.txt"))}

    def version(self, template: str, joined: bool) -> str:
        """The version of a template, followed by that of the joining template if the notice is joined with others."""
        own = self.templates[template].version
        return f"{own}+{self.templates[JOINED].version}" if joined else own

    def is_writable(self, notice: Notice) -> bool:
        """Whether this notice can be written by itself."""
        try:
            self._text(Mail(NOBODYS, "", [notice]))
        except Exception:  # As many kinds as templates and values can raise.
            return False
        return True

    def write(self, mail: Mail) -> bytes:
        """The mail as SMTP carries it; the same mail always gives the same bytes."""
        subject, body = self._text(mail)
        added = [*([SENSITIVE] if mail.sensitive else []), *([CONFIRMATION.format(mail.link)] if mail.link else [])]
        if added:
            head, _, foot = body.rpartition("\n\n")
            body = "\n\n".join((head, *added, foot))
        encoding, content = _encoded(body)
        return b"".join((self._head(mail, subject, encoding), content))

    def _text(self, mail: Mail) -> tuple[str, str]:
        """Subject and body."""
        distinct = _distinct(mail.notices) if mail.sensitive else mail.notices
        if len(distinct) == 1:
            notice = distinct[0]
            template = self.templates[notice.template]
            return template.subject.render(notice.words), template.body.render(notice.words)
        notices = [self._joined(notice) for notice in distinct]
        hidden = any(each.get("reference") and not each["page"] for each in notices)
        words = {"notices": notices, "count": len(notices), "addressee": mail.addressee, "hidden": hidden}
        return self.templates[JOINED].subject.render(words), self.templates[JOINED].body.render(words)

    def _joined(self, notice: Notice) -> Mapping[str, Any]:
        """What a joined mail says of one of its notices."""
        template = self.templates[notice.template]
        said = {"subject": template.subject.render(notice.words), "asked": template.asked(notice.words)}
        return {**UNSAID, **notice.words, **said}

    def _head(self, mail: Mail, subject: str, encoding: str) -> bytes:
        return self._from + (
            f"To: {mail.address}\r\n"
            f"Subject: {_subject(subject)}\r\n"
            f"Date: {format_datetime(written_at(mail.id))}\r\n"
            f"Message-ID: <{mail.id}@{self.domain}>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "Content-Language: id\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: text/plain; charset="utf-8"\r\n'
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode("ascii")


def _distinct(notices: Sequence[Notice]) -> Sequence[Notice]:
    """Each notice once: of a sensitive complaint, a named seat gets what is for other seats of its agency as well."""
    return [notice for nth, notice in enumerate(notices) if notice not in notices[:nth]]


def _subject(subject: str) -> str:
    """The subject header: a short ASCII subject as it is, a long one folded, any other encoded (RFC 2047)."""
    line = one_line(subject).strip()
    plain = line.isascii() and "=?" not in line
    if plain and len(line) <= SHORT_SUBJECT:
        return str(line)
    return Header(line, "us-ascii" if plain else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _encoded(body: str) -> tuple[str, bytes]:
    """The transfer encoding and the encoded body."""
    raw = body.replace("\n", "\r\n").encode() + b"\r\n"
    if raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE:
        return "7bit", raw
    return "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
