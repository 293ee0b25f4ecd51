"""Retries: parked messages are tried again by themselves, those of a key together and in the order of their arrival."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from shared import inbox, quarantine
from shared.db.clock import database_now
from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.events import FACTS, Event, Later, Undecodable, read
from shared.parked import PARKED, PAUSES, AheadOfTime, OfLaterRelease, words_of
from shared.service import RunningService
from shared.telemetry import log

# At most so many keys, and so many messages, are tried in one turn.
KEYS, MOST = 50, 200


SECONDS = [int(pause.total_seconds()) for pause in PAUSES]
# More tries than any message has: a number that the database could not count on would stop all others.
MOST_COUNTED = 1_000_000
NEXT_PAUSE = f"(ARRAY{SECONDS})[least(greatest(attempts, 0), {len(SECONDS)} - 2) + 2]"
# A try is counted before it begins, so that a message that ends the process does not end it without pause.
TRY = f"""
UPDATE parked SET attempts = least(attempts, {MOST_COUNTED}) + 1, tried_at = now(),
       next_try_at = now() + make_interval(secs => {NEXT_PAUSE})
WHERE seq = ANY(CAST(:seqs AS bigint[])) RETURNING seq, event_id, key, value, parked_at
"""
# The replica that locks the oldest due message of a key takes all messages of the key, the due ones first. A key that
# was taken within a minute is left to the replica that took it.
DUE = """
WITH heads AS (
    SELECT key FROM parked AS head WHERE next_try_at <= now() AND NOT EXISTS (
        SELECT FROM parked AS other WHERE other.key = head.key AND (
            (other.seq < head.seq AND other.next_try_at <= now()) OR other.tried_at > now() - interval '1 minute'))
    ORDER BY seq LIMIT :keys FOR UPDATE SKIP LOCKED)
SELECT seq FROM parked WHERE key IN (SELECT key FROM heads)
ORDER BY next_try_at > now(), seq LIMIT :most FOR UPDATE SKIP LOCKED
"""
# Nothing is tried twice within a minute, however often a process starts.
HASTEN = """
UPDATE parked SET next_try_at = tried_at + interval '1 minute'
WHERE next_try_at > now() AND next_try_at > tried_at + interval '1 minute'
"""
# Events of types that this release knows: those that the service handles are parked, to be tried at once.
RECALL = """
WITH known AS (
    DELETE FROM later WHERE seq IN (SELECT seq FROM later WHERE type = ANY(CAST(:known AS text[]))
    ORDER BY seq LIMIT :most FOR UPDATE) RETURNING seq, event_id, topic, key, type, value, received_at),
wanted AS (
    INSERT INTO parked (event_id, topic, key, type, value, error, parked_at, next_try_at)
    SELECT event_id, topic, key, type, value, :error, received_at, now() FROM known
    WHERE type = ANY(CAST(:handled AS text[])) ORDER BY seq)
SELECT count(*) FROM known
"""


@dataclass(frozen=True, slots=True)
class Try:
    """A parked message that is tried again."""

    seq: int
    event_id: UUID | None
    key: str
    value: bytes
    parked_at: datetime


Ready = Mapping[Try, Event[Any] | None]
Failed = dict[int, Exception]


async def retry_once(service: RunningService[Any]) -> int:
    """Try what is due, at most a batch; how many messages. The database's clock decides, never a simulated one."""
    async with service.begin() as tx:
        recalled = await _recall(service, tx)
        due = (await tx.execute(DUE, {"keys": KEYS, "most": MOST})).scalars().all()
        tries = await _claimed(tx, due)
    await _try(service, tries)
    return recalled + len(tries)


async def hasten(service: RunningService[Any]) -> None:
    """At a start, have all that is parked tried again: the new release, or new settings, may be the remedy."""
    async with service.begin() as tx:
        await tx.execute(HASTEN)


async def replay_parked(service: RunningService[Any]) -> tuple[int, int]:
    """Try every parked message now, in order: (handled, still parked)."""
    async with service.begin() as tx:
        while await _recall(service, tx):
            pass
        seqs = (await tx.execute(select(PARKED.c.seq).order_by(PARKED.c.parked_at, PARKED.c.seq))).scalars().all()
    for first in range(0, len(seqs), MOST):
        async with service.begin() as tx:
            tries = await _claimed(tx, seqs[first : first + MOST])
        await _try(service, tries)
    async with service.begin() as tx:
        left = (await tx.execute(select(func.count()).where(PARKED.c.seq <= max(seqs, default=0)))).scalar_one()
    return len(seqs) - left, left


async def _recall(service: RunningService[Any], tx: Tx[Any]) -> int:
    handled = [kind.__name__ for kind in service.definition.handlers]
    error = words_of(OfLaterRelease(OfLaterRelease.__doc__))
    values = {"known": [*FACTS], "handled": handled, "error": error, "most": MOST}
    return int((await tx.execute(RECALL, values)).scalar_one())


async def _claimed(tx: Tx[Any], seqs: Sequence[int]) -> list[Try]:
    if not seqs:
        return []
    tries = await tx.records(Try, TRY, {"seqs": list(seqs)})
    return sorted(tries, key=lambda one: (one.parked_at, one.seq))


async def _try(service: RunningService[Any], tries: Sequence[Try]) -> None:
    """Handle these messages together, or, if that fails, one by one; note why the others stay."""
    ready, failed = _decoded(service, tries)
    ready = await _without_those_ahead(service, ready)
    try:
        await _handle(service, ready)
    except Exception as error:
        if is_outage(error):
            raise
        for one, event in ready.items():
            await _handle_alone(service, one, event, failed)
    await _note(service, failed)


def _decoded(service: RunningService[Any], tries: Sequence[Try]) -> tuple[Ready, Failed]:
    """The events to handle, None where this release ignores the type; and those that it cannot read or know."""
    ready: dict[Try, Event[Any] | None] = {}
    failed: Failed = {}
    for one in tries:
        try:
            event = read(one.value, service.definition.handlers)
        except Undecodable as error:
            failed[one.seq] = error
            continue
        if isinstance(event, Later):
            failed[one.seq] = OfLaterRelease(OfLaterRelease.__doc__)
        else:
            ready[one] = event
    return ready, failed


async def _without_those_ahead(service: RunningService[Any], ready: Ready) -> Ready:
    """The events whose time has come; the others wait for theirs."""
    ahead = await quarantine.pauses(service, [event for event in ready.values() if event is not None])
    if ahead:
        error = words_of(AheadOfTime(AheadOfTime.__doc__))
        async with service.begin() as tx:
            now = await database_now(tx)
            rows = [
                {"seq": one.seq, "next_try_at": now + ahead[event.id], "error": error}
                for one, event in ready.items()
                if event is not None and event.id in ahead
            ]
            await tx.update(PARKED, rows, key="seq")
    return {one: event for one, event in ready.items() if event is None or event.id not in ahead}


async def _handle(service: RunningService[Any], ready: Ready) -> None:
    """Handle these events and take them off the list, in one transaction."""
    if not ready:
        return
    async with service.begin() as tx:
        # Only the rows that are still there: another replica, or a replay, may have been quicker.
        ours = delete(PARKED).where(PARKED.c.seq.in_([one.seq for one in ready])).returning(PARKED.c.seq)
        found = set((await tx.execute(ours)).scalars())
        events = [(one, event) for one, event in ready.items() if event is not None and one.seq in found]
        # A message that could not be decoded on arrival is in the inbox by the id of its content; maybe it came again.
        new = {event.id for one, event in events if one.event_id not in (None, event.id)}
        known = new - await inbox.unseen(tx, new)
        await inbox.handle_in_order(service, tx, [event for _, event in events if event.id not in known])


async def _handle_alone(service: RunningService[Any], one: Try, event: Event[Any] | None, failed: Failed) -> None:
    try:
        await _handle(service, {one: event})
    except Exception as error:
        if is_outage(error):
            raise
        failed[one.seq] = error


async def _note(service: RunningService[Any], failed: Failed) -> None:
    async with service.begin() as tx:
        await tx.update(PARKED, [{"seq": seq, "error": words_of(error)} for seq, error in failed.items()], key="seq")
    for seq, error in failed.items():
        log.error("event stays parked", service=service.name, seq=seq, error=words_of(error))
