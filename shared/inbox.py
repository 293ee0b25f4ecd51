"""Received events: each is handled once, in its complaint's order, or parked with its error."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, Uuid, func

from shared.bus import Message
from shared.db import is_outage
from shared.events import Event, Undecodable, decode
from shared.telemetry import log, parked_total

if TYPE_CHECKING:
    from shared.db import Tx
    from shared.service import Site

ATTEMPTS = 3
NUMBER = attrgetter("int")  # Two ids compare ten times as fast as numbers.
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


async def receive(site: "Site", messages: Sequence[Message]) -> None:
    """Handle a batch in one transaction; if that fails, event by event, parking those that cannot be handled.

    Returns when all of it is committed. Raises only on an outage: then the same batch must be delivered again.
    """
    wanted, broken = _decoded(site, messages)
    for message, error in broken:
        await _park(site, message, error, _id_of_broken(message))
    try:
        await _handle(site, [event for _, event in wanted])
    except Exception as error:
        if is_outage(error):
            raise
        for message, event in wanted:
            await _handle_or_park(site, message, event)


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


def _decoded(site: "Site", messages: Sequence[Message]) -> tuple[list[Received], list[tuple[Message, Undecodable]]]:
    wanted: list[Received] = []
    broken: list[tuple[Message, Undecodable]] = []
    for message in messages:
        try:
            event = decode(message.value, site.service.handlers) if message.value is not None else None
        except Undecodable as error:
            broken.append((message, error))
            continue
        if event is not None:
            wanted.append((message, event))
    return wanted, broken


async def _handle(site: "Site", events: Sequence[Event[Any]]) -> None:
    if not events:
        return
    async with site.db.begin(site) as tx:
        new = await _unseen(tx, {event.id for event in events})
        once = {event.id: event for event in events if event.id in new}
        for wave in waves(once.values()):
            await _handle_wave(tx, wave)


async def _unseen(tx: "Tx", ids: set[UUID]) -> set[UUID]:
    table = tx.site.service.tables.tables["inbox"]
    # Sorted, so that two replicas with the same events wait for one another instead of locking each other out.
    rows = await tx.insert(
        table, [{"event_id": id} for id in sorted(ids, key=NUMBER)], skip_known=True, returning="event_id"
    )
    return {row.event_id for row in rows}


async def _handle_wave(tx: "Tx", wave: Sequence[Event[Any]]) -> None:
    by_type: dict[type, list[Event[Any]]] = defaultdict(list)
    for event in wave:
        by_type[type(event.fact)].append(event)
    for kind, events in by_type.items():
        await tx.site.service.handlers[kind](tx, events)


async def _handle_or_park(site: "Site", message: Message, event: Event[Any]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _handle(site, [event])
        except Exception as error:
            if is_outage(error):
                raise
            if attempt == ATTEMPTS:
                await _park(site, message, error, event.id)


async def _park(site: "Site", message: Message, error: Exception, event_id: UUID) -> None:
    row = {"topic": message.topic, "key": _storable(message.key), "value": message.value}
    row["error"] = _storable(repr(error)[:2_000])
    async with site.db.begin(site) as tx:
        # Its id is noted too, so that a redelivery does not park it twice.
        if not await _unseen(tx, {event_id}):
            return
        await tx.insert(tx.site.service.tables.tables["parked"], [row])
    parked_total.labels(site.name).inc()
    log.error("event parked", service=site.name, topic=message.topic, key=message.key, error=row["error"])


def _storable(words: str) -> str:
    """Without what PostgreSQL cannot keep in a text, so that no message stays in the way because it cannot be noted."""
    return words.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _id_of_broken(message: Message) -> UUID:
    """The same for every delivery of the same bytes, since what cannot be decoded tells no id."""
    content = b"\x00".join((message.topic.encode(), message.key.encode(), message.value or b""))
    return UUID(bytes=sha256(content).digest()[:16])


async def replay_parked(site: "Site") -> tuple[int, int]:
    """Handle every parked event again, in order: (handled, still parked)."""
    async with site.db.begin(site) as tx:
        seqs = [row.seq for row in await tx.execute("SELECT seq FROM parked ORDER BY seq")]
    handled = 0
    for seq in seqs:
        handled += await _replay(site, seq)
    return handled, len(seqs) - handled


async def _replay(site: "Site", seq: int) -> int:
    try:
        async with site.db.begin(site) as tx:
            found = "DELETE FROM parked WHERE seq = :seq RETURNING value"
            row = (await tx.execute(found, {"seq": seq})).one_or_none()
            event = decode(row.value) if row else None
            if event is not None and type(event.fact) in site.service.handlers:
                await _handle_wave(tx, [event])
            return int(row is not None)
    except Exception as error:
        if is_outage(error):
            raise
        log.error("event stays parked", service=site.name, seq=seq, error=repr(error))
        return 0


async def forget_once(site: "Site") -> int:
    """Forget event ids that are too old to be delivered again; by the database's clock, never the simulated one."""
    old = (
        "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox"
        " WHERE received_at < now() - make_interval(days => :days) ORDER BY received_at LIMIT 10000)"
    )
    async with site.db.begin(site) as tx:
        return (await tx.execute(old, {"days": site.settings.inbox_keep_days})).rowcount


async def parked_count(tx: "Tx") -> int:
    return int((await tx.execute("SELECT count(*) FROM parked")).scalar_one())
