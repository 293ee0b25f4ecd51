"""An official: the bearer of a valid token."""

from dataclasses import dataclass

from shared.errors import Forbidden, Unauthenticated
from shared.vocabulary import OfficialRole


@dataclass(frozen=True, slots=True)
class Official:
    """The bearer of a valid token: whom it names, in which role, for which agency."""

    subject: str
    role: OfficialRole
    agency: str | None


class BadToken(Unauthenticated):
    """The token is missing, expired or not signed by a key we trust."""


class WrongRole(Forbidden):
    """The token's role does not permit this."""
