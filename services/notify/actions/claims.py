"""Claims: a sender takes the messages that are due, finds their recipients, and joins those to one seat in a mail."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from services.notify.channels.mails import Mail, MailWriter, Notice
from services.notify.domain.deliveries import (
    ATTEMPTS_EXHAUSTED,
    FAILED,
    SENDING,
    SKIPPED,
    TEMPORARY,
    WAITING,
    Delivery,
    obstacle,
    pause_seconds,
)
from services.notify.domain.recipients import REPORTER, SEAT, URGENCY
from services.notify.domain.words import role_name, words_for
from services.notify.models.claims import MAILS_AGAIN, NEW_MESSAGES, DueMessage
from services.notify.models.messages import Message
from services.notify.state import State
from shared.db.transaction import Tx
from shared.language import JAKARTA
from shared.telemetry import log
from shared.vault import Unopenable, Vault
from shared.vocabulary import MessageState

MOST_NEW_MESSAGES, MOST_MAILS_AGAIN = 4_000, 200
LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message under the claim, with the address of its recipient or the obstacle to its delivery."""

    message: DueMessage
    email: str | None
    obstacle: str | None

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self.message.attempts + 1


@dataclass(frozen=True, slots=True)
class Claim:
    """The mails to send until the end of the `lease`, the messages of each, and the number of messages claimed."""

    lease: datetime
    mails: Sequence[Mail]
    messages: Mapping[UUID, Sequence[ClaimedMessage]]
    claimed: int


async def claim_due(tx: Tx[State], now: datetime) -> Claim:
    """Claim the messages that are due, oldest first; those that cannot be sent are skipped, failed or put off."""
    again = await tx.execute(MAILS_AGAIN, {"now": now, "mails": MOST_MAILS_AGAIN})
    new = await tx.execute(NEW_MESSAGES, {"now": now, "messages": MOST_NEW_MESSAGES})
    claimed = [_claimed(tx.state, DueMessage(**row._mapping)) for row in (*again, *new)]
    messages = _joined([each for each in claimed if each.obstacle is None])
    claim = Claim(now + LEASE, [_mail(id, group) for id, group in messages.items()], messages, len(claimed))
    most = tx.state.settings.mail_attempts
    stopped = [_stopped_row(each, each.obstacle, most, now) for each in claimed if each.obstacle is not None]
    await tx.update(Message, [*_sending_rows(claim, tx.state.mail_writer), *stopped], key="id")
    return claim


def next_try_at(now: datetime, attempts: int) -> datetime:
    """The moment of the next attempt, after so many."""
    return now + timedelta(seconds=pause_seconds(attempts, random.random()))


def _claimed(state: State, due: DueMessage) -> ClaimedMessage:
    """The message with its recipient's address, or with the reason why it cannot be sent."""
    email = due.email if due.kind == SEAT else _email_of_reporter(state.vault, due)
    expected, known = due.reporter_ref is not None, due.sealed is not None
    found = obstacle(Delivery(due.kind, due.complaint_known, due.agency_known, expected, known, email))
    # A message whose attempts are used up is due only if its sender died again and again.
    if found is None and due.attempts >= state.settings.mail_attempts:
        found = ATTEMPTS_EXHAUSTED
    return ClaimedMessage(due, email, found)


def _email_of_reporter(vault: Vault, due: DueMessage) -> str | None:
    if due.sealed is None:
        return None
    try:
        contact = orjson.loads(vault.open(due.sealed, str(due.reporter_ref)))
        email = contact.get("email")
    except (Unopenable, ValueError, AttributeError):
        log.error("contact cannot be opened", reporter_ref=str(due.reporter_ref))
        return None
    return email if isinstance(email, str) else None


def _joined(ready: Sequence[ClaimedMessage]) -> Mapping[UUID, Sequence[ClaimedMessage]]:
    """The messages of each mail, by the id of the mail.

    A mail that is tried again keeps its messages. A new mail has one message to a reporter, or all messages to one seat
    that were tried equally often: all messages of a mail are given up together.
    """
    groups: dict[object, list[ClaimedMessage]] = defaultdict(list)
    for each in ready:
        due = each.message
        groups[due.mail_id or ((due.agency, due.role, due.attempts) if due.kind == SEAT else due.id)].append(each)
    return {key if isinstance(key, UUID) else uuid7(): _urgent_first(group) for key, group in groups.items()}


def _urgent_first(group: Sequence[ClaimedMessage]) -> Sequence[ClaimedMessage]:
    if len(group) == 1:
        return group
    return sorted(group, key=lambda each: (URGENCY.index(each.message.template), each.message.id))


def _mail(mail_id: UUID, group: Sequence[ClaimedMessage]) -> Mail:
    notices = [Notice(each.message.template, _words(each.message)) for each in group]
    return Mail(mail_id, str(group[0].email), notices, _addressee(group[0].message))


def _addressee(due: DueMessage) -> str:
    """`Pimpinan Kota Surabaya`; empty for a reporter."""
    return f"{role_name(due.role or '')} {due.agency_name}" if due.kind == SEAT else ""


def _words(due: DueMessage) -> Mapping[str, Any]:
    """The values of the message's template."""
    about = due.details.get("name") or due.about_name or due.about
    words = words_for(due.details, due.details.get("zone") or due.about_zone or JAKARTA)
    return {**words, "reference": due.reference, "agency": about, "addressee": _addressee(due)}


def _sending_rows(claim: Claim, writer: MailWriter) -> Sequence[Mapping[str, Any]]:
    return [
        {
            **_row(each, SENDING, None, claim.lease),
            "claimed_until": claim.lease,
            "mail_id": mail_id,
            "template_version": writer.version(each.message.template, len(group) > 1),
        }
        for mail_id, group in claim.messages.items()
        for each in group
    ]


def _stopped_row(each: ClaimedMessage, reason: str, most: int, now: datetime) -> Mapping[str, Any]:
    """The row of a message that cannot be sent now: it waits if the obstacle may pass, else it has ended."""
    same = {"claimed_until": None, "mail_id": each.message.mail_id, "template_version": None}
    if reason in TEMPORARY and each.attempt < most:
        return {**_row(each, WAITING, reason, next_try_at(now, each.attempt)), **same}
    return {**_row(each, FAILED if reason == ATTEMPTS_EXHAUSTED else SKIPPED, reason, now), **same}


def _row(each: ClaimedMessage, state: MessageState, reason: str | None, next_try: datetime) -> Mapping[str, Any]:
    due = each.message
    return {
        "id": due.id,
        "state": state,
        "reason": reason,
        "attempts": each.attempt,
        "next_try_at": next_try,
        "reference": due.reference,
        "reporter_ref": due.reporter_ref if due.kind == REPORTER else None,
        "role": due.role,
    }
