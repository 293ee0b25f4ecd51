"""Claims: a sender takes the messages that are due, finds their recipients, and joins those to one seat in a mail."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Text, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.notify.actions.acts import as_known_now, awaiting_acts, overtaken
from services.notify.actions.delays import since_first_missed
from services.notify.actions.notices import settle, settlement
from services.notify.channels.mails import Mail, MailWriter, Notice
from services.notify.domain.deliveries import (
    ATTEMPTS_EXHAUSTED,
    CONTACT_UNOPENABLE,
    FAILED,
    FAULTS,
    NOT_HEARD,
    OVERTAKEN,
    SENDING,
    SKIPPED,
    TEMPLATE_UNKNOWN,
    TEMPORARY,
    UNWRITABLE,
    WAITING,
    Delivery,
    has_waited_long,
    most_attempts,
    obstacle,
    pause_seconds,
)
from services.notify.domain.notices import CAUSES, Settlement, outcome_after, outcome_of
from services.notify.domain.priorities import URGENCY
from services.notify.domain.recipients import REPORTER, SEAT
from services.notify.domain.words import agencies_in, known_zone, role_name, words_for
from services.notify.models.agencies import Agency
from services.notify.models.claims import MAILS_AGAIN, NEW_MESSAGES, DueMessage
from services.notify.models.messages import Message
from services.notify.state import State
from shared.db.transaction import Tx
from shared.language import JAKARTA
from shared.telemetry import log, unusable_values
from shared.vault import Unopenable, Vault
from shared.vocabulary import MessageState

MOST_NEW_MESSAGES, MOST_MAILS_AGAIN = 4_000, 200
LEASE = timedelta(seconds=90)
# More attempts than any message has: a number that the database could not count on would stop all others.
MOST_COUNTED = 1_000_000
NAMES = select(Agency.code, Agency.name).where(Agency.code == any_(bindparam("codes", type_=ARRAY(Text))))
# In place of the tracking reference of a complaint that notify does not know.
UNNUMBERED = "{id} (pengenal; nomor lacak belum diterima)"
PLACES = {template: place for place, template in enumerate(URGENCY)}


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message under the claim, with its recipient's address and its words, or the obstacle to its delivery."""

    message: DueMessage
    email: str | None
    words: Mapping[str, Any]
    obstacle: str | None

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1; the waiting for something that was missing has been none."""
        waited = self.obstacle is None and self.message.reason in TEMPORARY
        return 1 if waited else min(self.message.attempts, MOST_COUNTED) + 1


@dataclass(frozen=True, slots=True)
class Claim:
    """The mails to send until the end of the `lease`, the messages of each, and the number of messages claimed."""

    lease: datetime
    mails: Sequence[Mail]
    messages: Mapping[UUID, Sequence[ClaimedMessage]]
    claimed: int


async def claim_due(tx: Tx[State], now: datetime) -> Claim:
    """Claim the messages that are due, oldest first; those that cannot be sent are skipped, failed or put off."""
    again = await tx.records(DueMessage, MAILS_AGAIN, {"now": now, "mails": MOST_MAILS_AGAIN})
    new = await tx.records(DueMessage, NEW_MESSAGES, {"now": now, "messages": MOST_NEW_MESSAGES})
    due = await since_first_missed(tx, await as_known_now(tx, [*again, *new]))
    stopped = await _stopped(tx, due)
    names = await _names_of_agencies(tx, due)
    claimed = [stopped.get(each.id) or _claimed(tx.state, each, names) for each in due]
    messages = _joined([each for each in claimed if each.obstacle is None])
    mails = [_mail(tx.state, id, group) for id, group in messages.items()]
    claim = Claim(now + LEASE, mails, messages, len(claimed))
    most = tx.state.settings.mail_attempts
    rows = [_stopped_row(each, each.obstacle, most, now) for each in claimed if each.obstacle is not None]
    settled = _settlements(claimed, rows)
    await tx.update(Message, [*_sending_rows(claim, tx.state.mail_writer), *rows], key="id")
    await settle(tx, settled)
    return claim


def next_try_at(now: datetime, attempts: int) -> datetime:
    """The moment of the next attempt, after so many."""
    return now + timedelta(seconds=pause_seconds(attempts, random.random()))


async def _names_of_agencies(tx: Tx[State], due: Sequence[DueMessage]) -> Mapping[str, str]:
    """The names of the agencies whose seats these messages name, by code."""
    codes = set().union(*(agencies_in(each.details) for each in due))
    rows = (await tx.execute(NAMES, {"codes": sorted(codes)})).all() if codes else ()
    return {row.code: row.name for row in rows}


async def _stopped(tx: Tx[State], due: Sequence[DueMessage]) -> Mapping[int, ClaimedMessage]:
    """The messages that a later act has made needless, or may have, by id."""
    needless = await overtaken(tx, due)
    waiting = await awaiting_acts(tx, [each for each in due if each.id not in needless])
    reasons = {**dict.fromkeys(needless, OVERTAKEN), **dict.fromkeys(waiting, NOT_HEARD)}
    return {each.id: ClaimedMessage(each, None, {}, reasons[each.id]) for each in due if each.id in reasons}


def _claimed(state: State, due: DueMessage, names: Mapping[str, str]) -> ClaimedMessage:
    """The message with address and words, or with the reason why it cannot be sent; its faults stop no other."""
    try:
        email, found = _address(state, due)
        words: Mapping[str, Any] = {} if found else _words(state, due, names)
    except Exception as error:  # The details are JSON of an event, maybe of another release: much can be wrong.
        log.error("message cannot be worded", message=due.id, template=due.template, error=repr(error))
        unusable_values.labels("notify", "details").inc()
        return ClaimedMessage(due, None, {}, UNWRITABLE)
    return ClaimedMessage(due, email, words, found)


def _address(state: State, due: DueMessage) -> tuple[str | None, str | None]:
    """The address of the recipient, and the obstacle to the delivery, if any."""
    try:
        email = due.email if due.kind == SEAT else _email_of_reporter(state.vault, due)
    except (Unopenable, ValueError, AttributeError):
        log.error("contact cannot be opened", reporter_ref=str(due.reporter_ref))
        unusable_values.labels("notify", "contact").inc()
        return None, CONTACT_UNOPENABLE
    if due.template not in state.mail_writer.templates:
        return email, TEMPLATE_UNKNOWN
    return email, _obstacle(state, due, email)


def _obstacle(state: State, due: DueMessage, email: str | None) -> str | None:
    expected, known = due.reporter_ref is not None, due.sealed is not None
    # A mail that told of an unknown complaint is tried again as it was.
    told = due.complaint_known or due.mail_id is not None or has_waited_long(due.kind, due.reason, due.attempts)
    found = obstacle(Delivery(due.kind, told, due.agency_known, due.agency_departed, expected, known, email))
    # A message whose attempts are used up is due only if its sender died again and again.
    if (
        found is None
        and due.reason not in TEMPORARY
        and due.attempts >= most_attempts(due.reason, state.settings.mail_attempts)
    ):
        return ATTEMPTS_EXHAUSTED
    return found


def _email_of_reporter(vault: Vault, due: DueMessage) -> str | None:
    """The address in the sealed contact. Raises Unopenable, ValueError or AttributeError where it is no contact."""
    if due.sealed is None:
        return None
    email = orjson.loads(vault.open(due.sealed, str(due.reporter_ref))).get("email")
    return email if isinstance(email, str) else None


def _joined(ready: Sequence[ClaimedMessage]) -> Mapping[UUID, Sequence[ClaimedMessage]]:
    """The messages of each mail, by the id of the mail.

    A mail that is tried again keeps its messages. A new mail has one message to a reporter, or all messages to one seat
    that were tried equally often: all messages of a mail are given up together. Those about a sensitive complaint stay
    by themselves.
    """
    # A complaint may have become sensitive since a mail was first tried: its messages leave the others.
    about: dict[UUID | None, set[UUID]] = defaultdict(set)
    for each in ready:
        about[each.message.mail_id].add(each.message.complaint_id)
    groups: dict[object, list[ClaimedMessage]] = defaultdict(list)
    for each in ready:
        due = each.message
        kept = None if due.sensitive and len(about[due.mail_id]) > 1 else due.mail_id
        groups[kept or (_seat_key(due) if due.kind == SEAT else due.id)].append(each)
    return {key if isinstance(key, UUID) else uuid7(): _urgent_first(group) for key, group in groups.items()}


def _seat_key(due: DueMessage) -> tuple[object, ...]:
    """What the messages that are joined in one mail to a seat have in common."""
    return due.agency, due.role, due.attempts, due.complaint_id if due.sensitive else None


def _urgent_first(group: Sequence[ClaimedMessage]) -> Sequence[ClaimedMessage]:
    if len(group) == 1:
        return group
    return sorted(group, key=lambda each: (PLACES.get(each.message.template, len(PLACES)), each.message.id))


def _mail(state: State, mail_id: UUID, group: Sequence[ClaimedMessage]) -> Mail:
    notices = [Notice(each.message.template, each.words) for each in group]
    first = group[0].message
    is_sensitive = first.kind == SEAT and any(each.message.sensitive for each in group)
    return Mail(mail_id, str(group[0].email), notices, _addressee(first), _link(state, mail_id, group), is_sensitive)


def _link(state: State, mail_id: UUID, group: Sequence[ClaimedMessage]) -> str:
    """The link by which a seat acknowledges what must reach it; empty for any other mail."""
    first = group[0].message
    if first.kind != SEAT or not any(each.message.template in CAUSES for each in group):
        return ""
    return state.links.link(mail_id, str(first.agency), str(first.role))


def _addressee(due: DueMessage) -> str:
    """`Pimpinan Kota Surabaya`; empty for a reporter."""
    return f"{role_name(due.role or '')} {due.agency_name}" if due.kind == SEAT else ""


def _words(state: State, due: DueMessage, names: Mapping[str, str]) -> Mapping[str, Any]:
    """The values of the message's template."""
    about = due.details.get("name") or due.about_name or due.about
    words = words_for(due.details, _zone(due), names, due.about)
    page = state.settings.timeline_of(due.reference, due.confidential or due.sensitive)
    reference = due.reference or UNNUMBERED.format(id=due.complaint_id)
    return {**words, "reference": reference, "agency": about, "addressee": _addressee(due), "page": page}


def _zone(due: DueMessage) -> str:
    """The zone of the agency that the message is about; Jakarta's where nobody knows it."""
    given = due.details.get("zone") or due.about_zone
    if given is None:
        return JAKARTA
    zone = known_zone(given)
    if zone is None:
        log.warning("zone unknown, Jakarta's is used", message=due.id, zone=given)
        unusable_values.labels("notify", "zone").inc()
    return zone or JAKARTA


def _sending_rows(claim: Claim, writer: MailWriter) -> Sequence[Mapping[str, Any]]:
    return [
        {
            **_row(each, SENDING, None, claim.lease),
            "claimed_until": claim.lease,
            "mail_id": mail_id,
            "outcome": each.message.outcome,
            "template_version": writer.version(each.message.template, len(group) > 1),
        }
        for mail_id, group in claim.messages.items()
        for each in group
    ]


def _stopped_row(each: ClaimedMessage, reason: str, most: int, now: datetime) -> Mapping[str, Any]:
    """The row of a message that cannot be sent now: it waits if the obstacle may pass, else it has ended."""
    due = each.message
    # A needless message leaves its mail: whoever acknowledges the mail has not read it. A mail that may have gone out
    # with it stays known, so that its link leads to a page and its bounce is understood.
    mail_id = None if reason == OVERTAKEN and not due.may_be_sent else due.mail_id
    same = {"claimed_until": None, "mail_id": mail_id, "template_version": None}
    if reason in TEMPORARY and each.attempt < most_attempts(reason, most):
        waiting = _row(each, WAITING, reason, next_try_at(now, each.attempt))
        return {**waiting, **same, "outcome": due.outcome}
    state = FAILED if reason in FAULTS else SKIPPED
    outcome = outcome_after(due.template, due.outcome, outcome_of(state, reason))
    return {**_row(each, state, reason, now), **same, "outcome": outcome}


def _settlements(claimed: Sequence[ClaimedMessage], stopped: Sequence[Mapping[str, Any]]) -> Sequence[Settlement]:
    """What became of the messages that must reach someone and were stopped for good."""
    found = {row["id"]: (outcome_of(row["state"], row["reason"]), row["reason"]) for row in stopped}
    ended = [(each.message, *found[each.message.id]) for each in claimed if each.message.id in found]
    return [
        settlement(due, due.outcome, outcome, reason, due.mail_id)
        for due, outcome, reason in ended
        if outcome is not None and due.template in CAUSES
    ]


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
