"""Deliveries: messages are claimed (a transaction), mails handed over (none), results recorded (a transaction)."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select

from services.notify.actions.claims import Claim, ClaimedMessage, claim_due, next_try_at
from services.notify.actions.notices import settle, settlement
from services.notify.channels.mails import Mail, MailWriter
from services.notify.channels.smtp import MailResult
from services.notify.domain.deliveries import (
    ATTEMPTS_EXHAUSTED,
    FAILED,
    SENDING,
    SENT,
    UNWRITABLE,
    WAITING,
    most_attempts,
)
from services.notify.domain.notices import CAUSES, Settlement, outcome_after, outcome_of
from services.notify.models.claims import DueMessage
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.db.clock import database_now
from shared.service import RunningService
from shared.vocabulary import MessageState, NoticeOutcome

SEND_SECONDS = 8.0  # Well under the lease, so that no other sender claims a mail that is being handed over.
FULL = 100  # A claim of so many messages may have left others; it takes at most 200 mails that are tried again.
LOCK_SENDING = (
    select(Message.id, Message.attempts, Message.claimed_until, Message.outcome)
    .where(Message.id == any_(bindparam("ids", type_=ARRAY(BigInteger))), Message.state == SENDING)
    .order_by(Message.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that is being sent, locked; `claimed_until` is the lease of its present holder."""

    id: int
    attempts: int
    claimed_until: datetime | None
    outcome: NoticeOutcome | None


@dataclass(frozen=True, slots=True)
class MessageResult:
    """The result that the ledger keeps for a message of a mail; one that was `parted` leaves its mail."""

    state: MessageState
    reason: str | None
    smtp_code: int | None
    next_try_at: datetime
    tried: bool
    parted: bool = False


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """A claimed message, the mail that carried it, and its result."""

    message: DueMessage
    mail_id: UUID
    result: MessageResult


async def send_once(service: RunningService[State]) -> int:
    """Send what is due; how many messages moved on, 0 if none is due or the server is unreachable."""
    server = service.state.mail_server
    if server.unreachable and not await server.reconnect():
        return 0
    claim = await _claim(service)
    if claim.claimed < FULL:
        return await _deliver(service, claim)
    # More may be due. It is claimed while the first mails are handed over, so that the mail server need not wait.
    outcomes = await asyncio.gather(_deliver(service, claim), _claim_and_deliver(service), return_exceptions=True)
    return sum(map(_moved, outcomes))


async def _claim(service: RunningService[State]) -> Claim:
    # Attempts are planned in real time, as a simulated clock may run 300,000 times as fast; by the database's clock, as
    # that of a machine may be years ahead.
    async with service.begin() as tx:
        return await claim_due(tx, await database_now(tx))


async def _claim_and_deliver(service: RunningService[State]) -> int:
    return await _deliver(service, await _claim(service))


async def _deliver(service: RunningService[State], claim: Claim) -> int:
    """Hand the mails of a claim over and record their results; how many messages moved on."""
    state = service.state
    results = await state.mail_server.send(claim.mails, state.mail_writer.write, SEND_SECONDS)
    return claim.claimed - await record(service, claim, results)


def _moved(outcome: int | BaseException) -> int:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def record(service: RunningService[State], claim: Claim, results: Mapping[UUID, MailResult]) -> int:
    """Write the results of the mails into the ledger; the number of messages that were given back untried."""
    if not results:
        return 0
    async with service.begin() as tx:
        now = await database_now(tx)
        of_messages = {each.message.id: each for each in _results(service.state, claim, results, now)}
        held = await tx.records(HeldMessage, LOCK_SENDING, {"ids": list(of_messages)})
        # A sent message is recorded even if the lease has ended meanwhile, all else only by the holder of the lease.
        recorded = [
            (message, found)
            for message in held
            if (found := of_messages[message.id]).result.state == SENT or message.claimed_until == claim.lease
        ]
        await tx.update(Message, [_row(message, found, tx.now) for message, found in recorded], key="id")
        parted = [{"id": message.id, "mail_id": None} for message, found in recorded if found.result.parted]
        await tx.update(Message, parted, key="id")
        await settle(tx, _settlements(recorded))
        untried = sum(not found.result.tried for found in of_messages.values())
        if untried and not service.state.mail_server.unreachable:
            tx.wake(SENDER)  # The time of this turn was over; they are due at once.
    return untried


def _results(
    state: State, claim: Claim, results: Mapping[UUID, MailResult], now: datetime
) -> Iterator[DeliveredMessage]:
    """Each message with its result."""
    for mail in [mail for mail in claim.mails if mail.id in results]:
        group = claim.messages[mail.id]
        # One pause for each mail: with pauses of their own its messages would be tried again apart, under one
        # Message-ID.
        whole = _result(group[0], results[mail.id], state.settings.mail_attempts, now)
        single = whole.reason == UNWRITABLE and len(group) > 1
        of_each = _apart(state.mail_writer, mail, whole, now) if single else [whole] * len(group)
        for each, result in zip(group, of_each, strict=True):
            yield DeliveredMessage(each.message, mail.id, result)


def _apart(writer: MailWriter, mail: Mail, whole: MessageResult, now: datetime) -> Sequence[MessageResult]:
    """A joined mail that cannot be written: only the notices that have the fault fail, the others are sent anew."""
    writable = [writer.is_writable(notice) for notice in mail.notices]
    if all(writable):
        return [whole] * len(writable)
    parted = MessageResult(WAITING, None, None, now, tried=False, parted=True)
    return [parted if good else whole for good in writable]


def _result(first: ClaimedMessage, result: MailResult, most: int, now: datetime) -> MessageResult:
    """The result for each message of a mail; `first` is one of them, `most` the attempts after temporary refusals."""
    if not result.tried:
        return MessageResult(WAITING, None, None, now, tried=False)
    if result.state == WAITING and first.attempt >= most_attempts(result.reason, most):
        return MessageResult(FAILED, ATTEMPTS_EXHAUSTED, result.smtp_code, now, tried=True)
    later = next_try_at(now, first.attempt)
    return MessageResult(result.state, result.reason, result.smtp_code, later, tried=True)


def _row(message: HeldMessage, delivered: DeliveredMessage, now: datetime) -> Mapping[str, Any]:
    result = delivered.result
    return {
        "id": message.id,
        "state": result.state,
        "reason": result.reason,
        "smtp_code": result.smtp_code,
        "next_try_at": result.next_try_at,
        "attempts": message.attempts - (not result.tried),
        "claimed_until": None,
        "sent_at": now if result.state == SENT else None,
        "outcome": outcome_after(delivered.message.template, message.outcome, outcome_of(result.state, result.reason)),
    }


def _settlements(recorded: Sequence[tuple[HeldMessage, DeliveredMessage]]) -> Sequence[Settlement]:
    """What became of the messages that must reach someone and are under way no more."""
    return [
        settlement(found.message, held.outcome, outcome, found.result.reason, found.mail_id)
        for held, found in recorded
        if found.message.template in CAUSES and (outcome := outcome_of(found.result.state, found.result.reason))
    ]
