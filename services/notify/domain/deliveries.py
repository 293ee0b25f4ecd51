"""The delivery of a message: its states, the obstacles to it, and the pauses between attempts."""

from dataclasses import dataclass
from functools import lru_cache

from services.notify.domain.recipients import SEAT, RecipientKind
from shared import addresses
from shared.vocabulary import MessageState

WAITING: MessageState = "waiting"
SENDING: MessageState = "sending"
SENT: MessageState = "sent"
FAILED: MessageState = "failed"
SKIPPED: MessageState = "skipped"

# Why a message was not sent; the ledger shows it.
NO_CONTACT = "no_contact"
CONTACT_UNKNOWN = "contact_unknown"
NO_EMAIL = "no_email"
BAD_ADDRESS = "bad_address"
SEAT_VACANT = "seat_vacant"
AGENCY_UNKNOWN = "agency_unknown"
AGENCY_DEPARTED = "agency_departed"
COMPLAINT_UNKNOWN = "complaint_unknown"
REJECTED = "rejected"
ATTEMPTS_EXHAUSTED = "attempts_exhausted"
UNWRITABLE = "unwritable"
CONTACT_UNOPENABLE = "contact_unopenable"
BOUNCED = "bounced"
# A later act has made it needless: nobody is at fault, and nobody else is told.
OVERTAKEN = "overtaken"

# Why a message waits for its next attempt.
SERVER_BUSY = "server_busy"
CONNECTION_LOST = "connection_lost"

TEMPLATE_UNKNOWN = "template_unknown"
# It was written so late that an act which makes it needless may still be on its way to us.
NOT_HEARD = "not_heard"

# The missing complaint, agency or contact may still arrive on another topic, or from the parked events; a template of a
# later release is known to the replicas that run it.
TEMPORARY = frozenset({CONTACT_UNKNOWN, AGENCY_UNKNOWN, COMPLAINT_UNKNOWN, TEMPLATE_UNKNOWN, NOT_HEARD})
# These say nothing of the recipient, so nobody else is told in the meantime: the message waits for thirty days, as the
# pauses soon last an hour. The operator has an alarm for parked events.
PATIENT = frozenset({COMPLAINT_UNKNOWN, TEMPLATE_UNKNOWN, NOT_HEARD})
MOST_WAITS = 30 * 24
# About a day: the pauses last an hour from the eighth on. A seat is then told of a complaint without its number.
WAITS_OF_SEAT = 32
# All but a refusal for a while is given up within the hour: the server may have kept each copy of a mail whose
# connection was lost, and a mail may have killed its sender each time.
FEW_ATTEMPTS = 8
# Something is wrong with the message itself, or it was tried too often: it has failed. For other reasons it is skipped.
FAULTS = frozenset({ATTEMPTS_EXHAUSTED, UNWRITABLE, CONTACT_UNOPENABLE})
# Nobody holds the seat: an open request is sent when someone does.
UNHELD = frozenset({SEAT_VACANT, AGENCY_UNKNOWN, AGENCY_DEPARTED})
# The address of the seat is at fault: an open request is sent when the seat has another.
ADDRESS_AT_FAULT = frozenset({BAD_ADDRESS, REJECTED, BOUNCED, ATTEMPTS_EXHAUSTED})

FIRST_PAUSE_SECONDS, PAUSE_GROWTH, LONGEST_PAUSE_SECONDS = 2.0, 3.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known, at this moment, about the way of one message to its recipient."""

    kind: RecipientKind
    complaint_known: bool
    agency_known: bool
    agency_departed: bool
    contact_expected: bool
    contact_known: bool
    email: str | None


def obstacle(delivery: Delivery) -> str | None:
    """The reason why this message cannot be sent now; None when it can."""
    if not delivery.complaint_known:
        return COMPLAINT_UNKNOWN
    if delivery.kind == SEAT:
        if not delivery.agency_known:
            return AGENCY_UNKNOWN
        if delivery.agency_departed:
            return AGENCY_DEPARTED
        return fault_of_address(delivery.email) if delivery.email else SEAT_VACANT
    if not delivery.contact_expected:
        return NO_CONTACT
    if not delivery.contact_known:
        return CONTACT_UNKNOWN
    return _fault_of(delivery.email) if delivery.email else NO_EMAIL


def has_waited_long(kind: RecipientKind, reason: str | None, attempts: int) -> bool:
    """Whether a message has waited so long for its complaint that its seat is told without it."""
    return kind == SEAT and reason == COMPLAINT_UNKNOWN and attempts >= WAITS_OF_SEAT


def _fault_of(email: str) -> str | None:
    # Checked again before it stands in a header and a command: the contact may be older than today's rule.
    try:
        addresses.email(email)
    except addresses.BadAddress:
        return BAD_ADDRESS
    return None


# A post, unlike a person, has a public address and many messages: it is checked once.
fault_of_address = lru_cache(maxsize=8_192)(_fault_of)


def most_attempts(reason: str | None, refused: int) -> int:
    """The attempts after which a message ends that waits for this reason; `refused` is that of temporary refusals."""
    if reason in PATIENT:
        return MOST_WAITS
    return refused if reason == SERVER_BUSY else min(FEW_ATTEMPTS, refused)


def pause_seconds(attempts: int, chance: float) -> float:
    """The pause after so many attempts, which grows with them.

    `chance` in [0, 1) spreads the pauses, so that messages refused together are not all tried again together.
    """
    exponent = min(max(attempts, 1) - 1, 10)
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH**exponent)
    return pause * (0.75 + 0.5 * chance)
