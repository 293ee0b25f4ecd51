"""Received events: each is handled once, in the order of its complaint, or set aside with the reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Table, Uuid, func

from shared import parked, promises, quarantine
from shared.bus import Message
from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.events import Event, Later, Undecodable, read, type_in
from shared.parked import PAUSES, AheadOfTime, MessageToPark, OfLaterRelease
from shared.service import RunningService
from shared.telemetry import log, parked_total

ATTEMPTS = 3
# A limited number at a time, so that no deletion takes long.
# The ids of parked messages are kept: a second delivery must be recognised.
FORGET = """
DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox
WHERE received_at < now() - make_interval(days => :days)
  AND NOT EXISTS (SELECT FROM parked WHERE parked.event_id = inbox.event_id)
  AND NOT EXISTS (SELECT FROM later WHERE later.event_id = inbox.event_id)
ORDER BY received_at LIMIT 10000)
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


# The table is the same in every service; the role of the connection decides the schema.
INBOX = inbox_table(MetaData())


async def receive(service: RunningService[Any], messages: Sequence[Message]) -> None:
    """Handle a batch in one transaction; if that fails, event by event, parking those that cannot be handled.

    Returns when all of it is committed. Raises only on an outage: then the same batch must be delivered again.
    """
    messages, heard = promises.separate(service, messages)
    wanted, aside = await _sorted(service, messages)
    await _set_aside(service, aside)
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


async def _sorted(
    service: RunningService[Any], messages: Sequence[Message]
) -> tuple[list[Received], list[MessageToPark]]:
    """The events to handle now, and the messages to set aside, each in the order of arrival."""
    found = [(message, one) for message in messages if (one := _read(service, message)) is not None]
    ahead = await quarantine.pauses(service, [one for _, one in found if isinstance(one, Event)])
    wanted: list[Received] = []
    aside: list[MessageToPark] = []
    for message, one in found:
        if isinstance(one, MessageToPark):
            aside.append(one)
        elif one.id in ahead:
            aside.append(_aside(message, one, AheadOfTime(AheadOfTime.__doc__), ahead[one.id]))
        else:
            wanted.append((message, one))
    return wanted, aside


def _read(service: RunningService[Any], message: Message) -> Event[Any] | MessageToPark | None:
    """The event in a message, or why it is set aside; None for a tombstone and for a type that is not handled."""
    if message.value is None:
        return None
    try:
        found = read(message.value, service.definition.handlers)
    except Undecodable as error:
        return MessageToPark(message, _id_of_broken(message), type_in(message.value), error)
    if isinstance(found, Later):
        return MessageToPark(message, found.id, found.type, OfLaterRelease(OfLaterRelease.__doc__))
    return found


def _aside(message: Message, event: Event[Any], error: Exception, pause: timedelta = PAUSES[0]) -> MessageToPark:
    return MessageToPark(message, event.id, type(event.fact).__name__, error, pause)


async def _handle(
    service: RunningService[Any], events: Sequence[Event[Any]], heard: Sequence[promises.ReceivedPromise] = ()
) -> None:
    if not events and not heard:
        return
    async with service.begin() as tx:
        new = await unseen(tx, {event.id for event in events})
        once = {event.id: event for event in events if event.id in new}
        await handle_in_order(service, tx, once.values())
        await promises.note(tx, heard)


async def unseen(tx: Tx[Any], ids: set[UUID]) -> set[UUID]:
    """Note these ids as received; gives those that were new."""
    # Ids are sorted: two replicas with the same events wait for one another instead of running into a deadlock.
    rows = [{"event_id": id} for id in sorted(ids, key=NUMBER)]
    return set(await tx.insert(INBOX, rows, skip_known=True, returning=INBOX.c.event_id))


async def handle_in_order(service: RunningService[Any], tx: Tx[Any], events: Iterable[Event[Any]]) -> None:
    """Call the handlers, in waves of at most one event of a subject."""
    for wave in waves(events):
        await _handle_wave(service, tx, wave)


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
                await _set_aside(service, [_aside(message, event, error)])


async def _set_aside(service: RunningService[Any], asides: Sequence[MessageToPark]) -> None:
    """Set these messages aside. Their ids are noted too: a redelivery sets nothing aside twice."""
    if not asides:
        return
    async with service.begin() as tx:
        new = await unseen(tx, {aside.id for aside in asides})
        once = {aside.id: aside for aside in asides if aside.id in new}
        await parked.set_aside(tx, list(once.values()))
    for aside in once.values():
        _tell(service, aside)


def _tell(service: RunningService[Any], aside: MessageToPark) -> None:
    about = {"service": service.name, "topic": aside.message.topic, "key": aside.message.key, "type": aside.type}
    if isinstance(aside.error, OfLaterRelease):
        log.warning("event of a later release kept", **about)
    else:
        parked_total.labels(service.name).inc()
        log.error("event parked", **about, error=parked.words_of(aside.error))


def _id_of_broken(message: Message) -> UUID:
    """An id made of the content, the same at every delivery: a message that cannot be decoded has no id of its own."""
    content = b"\x00".join((message.topic.encode(), message.key.encode(), message.value or b""))
    return UUID(bytes=sha256(content).digest()[:16])


async def forget_once(service: RunningService[Any]) -> int:
    """Delete event ids that are too old to be delivered again. The database's clock decides, never a simulated one."""
    async with service.begin() as tx:
        return (await tx.execute(FORGET, {"days": service.settings.inbox_keep_days})).rowcount
