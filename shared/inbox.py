"""Received events: each is handled once, in the order of its complaint, or parked with its error."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, Uuid, func

from shared import promises
from shared.bus import Message
from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.events import Event, Undecodable, decode
from shared.service import RunningService
from shared.telemetry import log, parked_total

ATTEMPTS = 3
# Text, because the table of a service is known by its role and not by its metadata.
PARKED_SEQS = "SELECT seq FROM parked ORDER BY seq"
UNPARK = "DELETE FROM parked WHERE seq = :seq RETURNING value"
COUNT_PARKED = "SELECT count(*) FROM parked"
# A limited number at a time, so that no deletion takes long.
FORGET = """
DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox
WHERE received_at < now() - make_interval(days => :days) ORDER BY received_at LIMIT 10000)
"""
NUMBER = attrgetter("int")  # UUIDs compare ten times as fast as numbers.
Received = tuple[Message, Event[Any]]


def inbox_table(tables: MetaData) -> Table:
    return Table(
        "inbox",
        tables,
        Column("event_id", Uuid, primary_key=True),
        Column("received_at", DateTime(timezone=True), server_default=func.now(), nullable=False, index=True),
    )


def parked_table(tables: MetaData) -> Table:
    return Table(
        "parked",
        tables,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("error", Text, nullable=False),
        Column("parked_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )


# The tables are the same in every service; the role of the connection decides the schema.
INBOX, PARKED = inbox_table(MetaData()), parked_table(MetaData())


async def receive(service: RunningService[Any], messages: Sequence[Message]) -> None:
    """Handle a batch in one transaction; if that fails, event by event, parking those that cannot be handled.

    Returns when all of it is committed. Raises only on an outage: then the same batch must be delivered again.
    """
    messages, heard = promises.apart(service, messages)
    wanted, broken = _decoded(service, messages)
    for message, error in broken:
        await _park(service, message, error, _id_of_broken(message))
    try:
        await _handle(service, [event for _, event in wanted], heard)
    except Exception as error:
        if is_outage(error):
            raise
        for message, event in wanted:
            await _handle_or_park(service, message, event)
        await _handle(service, (), heard)


def waves(events: Iterable[Event[Any]]) -> list[list[Event[Any]]]:
    """The events split so that each wave has at most one event of a subject, in the order of arrival."""
    depth: dict[str, int] = defaultdict(int)
    split: list[list[Event[Any]]] = []
    for event in events:
        index = depth[event.subject]
        depth[event.subject] += 1
        if index == len(split):
            split.append([])
        split[index].append(event)
    return split


def _decoded(
    service: RunningService[Any], messages: Sequence[Message]
) -> tuple[list[Received], list[tuple[Message, Undecodable]]]:
    wanted: list[Received] = []
    broken: list[tuple[Message, Undecodable]] = []
    for message in messages:
        try:
            event = decode(message.value, service.definition.handlers) if message.value is not None else None
        except Undecodable as error:
            broken.append((message, error))
            continue
        if event is not None:
            wanted.append((message, event))
    return wanted, broken


async def _handle(
    service: RunningService[Any], events: Sequence[Event[Any]], heard: Sequence[promises.Heard] = ()
) -> None:
    if not events and not heard:
        return
    async with service.begin() as tx:
        new = await _unseen(tx, {event.id for event in events})
        once = {event.id: event for event in events if event.id in new}
        for wave in waves(once.values()):
            await _handle_wave(service, tx, wave)
        await promises.note(tx, heard)


async def _unseen(tx: Tx[Any], ids: set[UUID]) -> set[UUID]:
    # Ids are sorted: two replicas with the same events wait for one another instead of running into a deadlock.
    rows = [{"event_id": id} for id in sorted(ids, key=NUMBER)]
    return set(await tx.insert(INBOX, rows, skip_known=True, returning=INBOX.c.event_id))


async def _handle_wave(service: RunningService[Any], tx: Tx[Any], wave: Sequence[Event[Any]]) -> None:
    by_type: dict[type, list[Event[Any]]] = defaultdict(list)
    for event in wave:
        by_type[type(event.fact)].append(event)
    for kind, events in by_type.items():
        await service.definition.handlers[kind](tx, events)


async def _handle_or_park(service: RunningService[Any], message: Message, event: Event[Any]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _handle(service, [event])
        except Exception as error:
            if is_outage(error):
                raise
            if attempt == ATTEMPTS:
                await _park(service, message, error, event.id)


async def _park(service: RunningService[Any], message: Message, error: Exception, event_id: UUID) -> None:
    row = {"topic": message.topic, "key": _storable(message.key), "value": message.value}
    row["error"] = _storable(repr(error)[:2_000])
    async with service.begin() as tx:
        # The id is noted too: a redelivery does not park the event twice.
        if not await _unseen(tx, {event_id}):
            return
        await tx.insert(PARKED, [row])
    parked_total.labels(service.name).inc()
    log.error("event parked", service=service.name, topic=message.topic, key=message.key, error=row["error"])


def _storable(words: str) -> str:
    """The text without characters that PostgreSQL cannot store, so that every bad message can be parked."""
    return words.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _id_of_broken(message: Message) -> UUID:
    """An id made of the content, the same at every delivery: a message that cannot be decoded has no id of its own."""
    content = b"\x00".join((message.topic.encode(), message.key.encode(), message.value or b""))
    return UUID(bytes=sha256(content).digest()[:16])


async def replay_parked(service: RunningService[Any]) -> tuple[int, int]:
    """Handle every parked event again, in order: (handled, still parked)."""
    async with service.begin() as tx:
        seqs = [row.seq for row in await tx.execute(PARKED_SEQS)]
    handled = 0
    for seq in seqs:
        handled += await _replay(service, seq)
    return handled, len(seqs) - handled


async def _replay(service: RunningService[Any], seq: int) -> int:
    try:
        async with service.begin() as tx:
            row = (await tx.execute(UNPARK, {"seq": seq})).one_or_none()
            event = decode(row.value) if row else None
            if event is not None and type(event.fact) in service.definition.handlers:
                await _handle_wave(service, tx, [event])
            return int(row is not None)
    except Exception as error:
        if is_outage(error):
            raise
        log.error("event stays parked", service=service.name, seq=seq, error=repr(error))
        return 0


async def forget_once(service: RunningService[Any]) -> int:
    """Delete event ids that are too old to be delivered again. The database's clock decides, never a simulated one."""
    async with service.begin() as tx:
        return (await tx.execute(FORGET, {"days": service.settings.inbox_keep_days})).rowcount


async def parked_count(tx: Tx[Any]) -> int:
    return int((await tx.execute(COUNT_PARKED)).scalar_one())
