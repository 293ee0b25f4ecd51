"""The settings of notify."""

import contextlib
import re
from email.errors import InvalidHeaderDefect
from email.policy import SMTP
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from shared.settings import process
from shared.settings.checks import HOST, DatabaseUrl

# The page of a complaint's timeline, before its tracking reference.
TIMELINES = "/intake/pages/complaints/"


def _is_a_sender(value: str) -> str:
    with contextlib.suppress(Exception):  # The library raises many kinds of errors on bad headers.
        header = SMTP.header_factory("From", value)
        [group], [sender] = header.groups, header.addresses
        header.fold(policy=SMTP).encode("ascii")
        broken = group.display_name or any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
        alone = value == sender.addr_spec or value.endswith(f"<{sender.addr_spec}>")
        if not broken and alone and value.isprintable() and re.fullmatch(r"[!#-?A-~]+@[!#-?A-~]+", sender.addr_spec):
            return value
    raise ValueError("must be an address: name@host or Words <name@host>")


class Settings(process.Settings):
    """Settings of notify."""

    notify_database_url: DatabaseUrl = Field(
        "", description="PostgreSQL of notify, as its role; empty: embedded, locally."
    )
    smtp_host: str = Field("", pattern=HOST, description="Mail server; empty: a local one that catches mail.")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User at the mail server, if it asks for one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_starttls: bool = Field(False, description="Encrypt the connection to the mail server.")
    smtp_connections: int = Field(4, ge=1, le=100, description="Simultaneous connections to the mail server.")
    mail_from: Annotated[str, AfterValidator(_is_a_sender)] = Field(
        "Tanggap <no-reply@tanggap.example>", description="Sender of every message."
    )
    mail_attempts: int = Field(
        128,
        ge=1,
        le=1_000,
        description="Attempts after temporary refusals, with pauses up to an hour, before a message has failed.",
    )

    @property
    def links_begin(self) -> str:
        """What links in mails begin with: the public address, or else this machine and the port of the process."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def timelines_begin(self) -> str:
        """What links to the page of a complaint begin with."""
        return self.intake_url.rstrip("/") or self.links_begin

    def timeline_of(self, reference: str | None, confidential: bool) -> str:
        """The public page of a complaint; empty where there is none, as of a confidential one."""
        return f"{self.timelines_begin}{TIMELINES}{reference}" if reference and not confidential else ""

    def _refuse_conveniences(self) -> None:
        super()._refuse_conveniences()
        if not self.public_url.startswith("https://"):
            raise ValueError("production needs a public_url that begins with https://")
        if not self.smtp_host:
            raise ValueError("production needs smtp_host")
