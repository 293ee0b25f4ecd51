"""Links by which the reader of a mail acknowledges it: signed for one mail and its seat, valid for sixty days."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.vault import derive
from shared.vocabulary import COORDINATOR, LEADER

PAGE = "/notify/pages/acknowledgements/"
VALID = timedelta(days=60)
ID_BYTES, MAC_BYTES = 16, 16


def link_key(master_key: bytes) -> bytes:
    """The key of these links: who learns it opens no contact."""
    return derive(master_key, b"acknowledgement links")


def written_at(mail_id: UUID) -> datetime:
    """The moment that the id of a mail, a UUIDv7, contains."""
    return datetime.fromtimestamp((mail_id.int >> 80) / 1000, UTC)


def mail_id_in(token: str) -> UUID | None:
    """The mail that a token names, whether or not its signature is right."""
    raw = _raw(token)
    return UUID(bytes=raw[:ID_BYTES]) if raw else None


def may_acknowledge(role: str, agency: str | None, seat_role: str | None, seat_agency: str | None) -> bool:
    """Whether an official may acknowledge a message to this seat.

    A leader may for all of the agency; a coordinator not for the leader, who alone completes an escalation.
    """
    if agency is None or agency != seat_agency:
        return False
    return role == LEADER or (role == COORDINATOR and seat_role != LEADER)


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one installation: its key, and its public address without a slash at the end."""

    key: bytes
    address: str

    def link(self, mail_id: UUID, agency: str, role: str) -> str:
        """The link in a mail to a seat; the same mail always has the same link. It holds nothing of a person."""
        signed = mail_id.bytes + self._mac(mail_id, agency, role)
        return f"{self.address}{PAGE}{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"

    def is_valid(self, token: str, agency: str, role: str, now: datetime) -> bool:
        """Whether this token was made here for a mail to this seat, not more than sixty days ago."""
        raw, mail_id = _raw(token), mail_id_in(token)
        if not raw or mail_id is None or not hmac.compare_digest(raw[ID_BYTES:], self._mac(mail_id, agency, role)):
            return False
        return now <= written_at(mail_id) + VALID  # Only an id of ours surely contains a moment.

    def _mac(self, mail_id: UUID, agency: str, role: str) -> bytes:
        return derive(self.key, f"{mail_id} {agency}/{role}".encode())[:MAC_BYTES]


def _raw(token: str) -> bytes:
    """The bytes of a token; none where it is no token, or one written in another way."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=") == token
    return raw if canonical and len(raw) == ID_BYTES + MAC_BYTES else b""
