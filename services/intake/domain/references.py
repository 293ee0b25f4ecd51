"""Tracking references and PINs, in an alphabet that survives being read aloud and copied by hand."""

import hmac
import re

# Crockford's base32 has no I, L, O and U; a handwritten I, L or O is read as 1 or 0.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [one + two for one in ALPHABET for two in ALPHABET]
MISREAD = str.maketrans("ILO", "110", "- ")
# Behind it stands the number of a part, if it is one.
REFERENCE = re.compile(f"TG([{ALPHABET}]{{5}})([{ALPHABET}]{{5}})([1-9]|10)?")
REFERENCE_CHARACTERS = 10
REFERENCE_BYTES = 7
PIN_CHARACTERS = 8
PIN_BYTES = 5


def spelled(raw: bytes, length: int) -> str:
    """The first `length` characters (an even number) of these bytes in base32, five bits each.

    Raises ValueError when there are too few bytes.
    """
    number, spare = int.from_bytes(raw), len(raw) * 8 - length * 5
    if spare < 0:
        raise ValueError(f"{len(raw)} bytes are too few for {length} characters")
    number >>= spare
    return "".join([PAIRS[number >> place & 1023] for place in range(5 * length - 10, -1, -10)])


def reference_from(raw: bytes) -> str:
    """A tracking reference from at least 7 random bytes: TG-XXXXX-XXXXX, fifty bits."""
    letters = spelled(raw, REFERENCE_CHARACTERS)
    return f"TG-{letters[:5]}-{letters[5:]}"


def reference_in(typed: str) -> str | None:
    """The reference that a person typed, in any case and with any hyphens; None for a text that cannot be one."""
    found = REFERENCE.fullmatch(typed.upper().translate(MISREAD))
    return "-".join(["TG", *(part for part in found.groups() if part)]) if found else None


def pin_from(secret: bytes) -> str:
    """The PIN of a complaint: eight characters of the secret that is derived for it."""
    return spelled(secret[:PIN_BYTES], PIN_CHARACTERS)


def same_pin(typed: str, pin: str) -> bool:
    """Whether the typed PIN is this PIN; the time taken does not tell how many characters were right."""
    return hmac.compare_digest(typed.upper().translate(MISREAD).encode(), pin.encode())
