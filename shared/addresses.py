"""How a person or a post is reached: the rule for e-mail addresses and that for telephone numbers."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from email_validator.syntax import validate_email_local_part

# Letters would be read as the digits that share their key: +62abc… for a number of somebody else.
DIALLED = re.compile(r"[+0-9 ()./-]+")
# Typed for +62 by people abroad; no code of an Indonesian carrier and no national number begins so.
ABROAD = re.compile(r"^\s*00[ -]?62")
# The plus and the fifteen digits that ITU-T E.164 allows; the plans of single countries are laxer.
LONGEST = 16
LONGEST_EMAIL = 254
# Names that RFC 2606 and RFC 6761 reserve: no mail to them reaches anybody.
RESERVED = re.compile(r"(.+\.)?(test|example|invalid|localhost|example\.(com|net|org))", re.IGNORECASE)


class BadAddress(ValueError):
    """This is no address that can be written to or called."""


def email(text: str) -> str:
    """The address with its domain in lower case, at most 254 ASCII characters. Raises BadAddress.

    The domain has at least one dot, and no reserved name but `.example`, which the shipped directory uses. Nothing in
    an address can end a header or a command of SMTP: quoted local parts are refused.
    """
    local, _, domain = text.rpartition("@")
    try:
        if not text.isascii() or len(text) > LONGEST_EMAIL:
            raise BadAddress
        validate_email_local_part(local, allow_smtputf8=False, strict=True)
        known = _domain(domain)
    except EmailNotValidError as error:
        raise BadAddress from error
    return f"{local.lower() if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES else local}@{known}"


def is_reserved(address: str) -> bool:
    """Whether an e-mail address is under a reserved name, such as `.example`, and therefore reaches nobody."""
    return RESERVED.fullmatch(address.rpartition("@")[2].rstrip(".")) is not None


@lru_cache(maxsize=8_192)
def _domain(domain: str) -> str:
    """The domain as email-validator spells it; remembered, unlike an address: most people share a few domains."""
    found = validate_email(f"post@{domain}", check_deliverability=False, allow_smtputf8=False, strict=True)
    return found.ascii_domain


def e164(text: str, region: str = "ID") -> str:
    """The number as `+6281234567890`; without a `+` it is one of this region. Raises BadAddress.

    A short number such as 112 or 14000 reaches a service in one country, never a person: it has no such form.
    """
    if not DIALLED.fullmatch(text):
        raise BadAddress
    try:
        number = phonenumbers.parse(ABROAD.sub("+62", text), region)
    except phonenumbers.NumberParseException as error:
        raise BadAddress from error
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise BadAddress
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(written) > LONGEST:
        raise BadAddress
    return written
