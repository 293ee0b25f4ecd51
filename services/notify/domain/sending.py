"""When a message can be sent, when it is tried again, and why it never will be."""

from dataclasses import dataclass

from shared import addresses

# Reasons for not sending; each stands in the ledger.
NO_CONTACT = "no_contact"
CONTACT_UNKNOWN = "contact_unknown"
NO_EMAIL = "no_email"
BAD_ADDRESS = "bad_address"
SEAT_VACANT = "seat_vacant"
AGENCY_UNKNOWN = "agency_unknown"
COMPLAINT_UNKNOWN = "complaint_unknown"
REJECTED = "rejected"
ATTEMPTS_EXHAUSTED = "attempts_exhausted"
UNWRITABLE = "unwritable"

# Why a message waits for its next attempt.
SERVER_BUSY = "server_busy"
CONNECTION_LOST = "connection_lost"

# Each of these may still arrive on another topic, or with a complaint that was parked.
ARRIVING = frozenset({CONTACT_UNKNOWN, AGENCY_UNKNOWN, COMPLAINT_UNKNOWN})

FIRST_PAUSE_SECONDS, PAUSE_GROWTH, LONGEST_PAUSE_SECONDS = 2.0, 3.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of the way to one recipient at this moment."""

    kind: str
    complaint_known: bool
    agency_known: bool
    contact_expected: bool
    contact_known: bool
    email: str | None


def obstacle(reach: Reach) -> str | None:
    """Why this message cannot be sent now; None when it can."""
    if not reach.complaint_known:
        return COMPLAINT_UNKNOWN
    if reach.kind == "seat":
        missing = None if reach.agency_known else AGENCY_UNKNOWN
        return missing or (_wrong(reach.email) if reach.email else SEAT_VACANT)
    if not reach.contact_expected:
        return NO_CONTACT
    if not reach.contact_known:
        return CONTACT_UNKNOWN
    return _wrong(reach.email) if reach.email else NO_EMAIL


def _wrong(email: str) -> str | None:
    """Looked at again, as a header and a command will carry it: the contact may be older than today's rule."""
    try:
        addresses.email(email)
    except addresses.BadAddress:
        return BAD_ADDRESS
    return None


def pause_seconds(attempts: int, chance: float) -> float:
    """The pause after so many attempts, growing, and spread by `chance` in [0, 1) so that not all come at once."""
    exponent = min(max(attempts, 1) - 1, 10)
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH**exponent)
    return pause * (0.75 + 0.5 * chance)
