"""Promises of progress: a relay makes and publishes them; a hearer keeps how far it knows each partition (watermarks).

No event of an older moment follows a promise, because staging refuses it (`shared/outbox.py`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text

from shared.bus import Bus, Message
from shared.clock import MOST_APART, TICK, RealClock
from shared.db.clock import latest_now
from shared.db.transaction import Tx
from shared.events import COMPLAINTS, Undecodable
from shared.events.progress import KEY_PREFIX, ProgressPromised, decode_promise
from shared.outbox import PROMISE
from shared.service import RunningService
from shared.telemetry import log

# A commit takes some milliseconds from its moment on; one that takes longer than the lag is done again.
LAG_SECONDS = 0.25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A partition that was never heard counts as known up to the epoch, and a publisher with such a partition, too.
# Where clocks are real, a moment that is five minutes ahead of the database's clock or more is believed of nobody.
KNOWN = """
SELECT now() AS at, asked.publisher, coalesce(known.up_to, to_timestamp(0)) AS up_to,
       EXISTS (SELECT FROM parked) AS any_parked, known.any_ahead
FROM unnest(CAST(:publishers AS text[])) AS asked (publisher)
LEFT JOIN LATERAL (
    SELECT CASE WHEN count(*) FILTER (WHERE NOT is_ahead) >= max(partitions) THEN min(up_to) END AS up_to,
           coalesce(bool_or(is_ahead), false) AS any_ahead
    FROM (SELECT *, :is_real AND up_to > clock_timestamp() + interval '5 minutes' AS is_ahead
          FROM watermarks WHERE publisher = asked.publisher AND topic = :topic) AS heard
) AS known ON true
"""
# The next promise of such a partition takes the place of what is forgotten.
FORGET_AHEAD = """
DELETE FROM watermarks WHERE (publisher, topic, partition) IN (
    SELECT publisher, topic, partition FROM watermarks
    WHERE up_to > clock_timestamp() + interval '5 minutes' FOR UPDATE SKIP LOCKED)
"""
PARKED_KEYS = "SELECT key, min(parked_at) AS parked_at FROM parked WHERE topic = :topic GROUP BY key"


def watermarks_table(tables: MetaData) -> Table:
    """Up to which moment each partition of a publisher is known; `partitions` is how many there are."""
    return Table(
        "watermarks",
        tables,
        Column("publisher", Text, primary_key=True),
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("up_to", DateTime(timezone=True), nullable=False),
        Column("partitions", Integer, nullable=False),
    )


WATERMARKS = watermarks_table(MetaData())


class Promises:
    """The promises of one publisher: each is published behind all that it covers, and only then a new one is made."""

    def __init__(self, service: RunningService[Any], bus: Bus) -> None:
        self._service, self._bus = service, bus
        self._made_at: datetime | None = None
        self._up_to: datetime | None = None  # What was promised and is not published yet,
        self._seq, self._is_covered = 0, False  # the last seq that it may cover, and whether all up to there is out.

    async def make(self, session: "asyncpg.Connection") -> None:
        """Promise the progress so far, if it is time; the events that it covers are found by the next read."""
        now = self._service.now()
        if not self._service.definition.promises or self._up_to is not None or not self._is_due(now):
            return
        lag = max(TICK, timedelta(seconds=LAG_SECONDS * self._service.clock.speed))
        try:
            made = await session.fetchrow(PROMISE, now - lag, isinstance(self._service.clock, RealClock))
        except asyncpg.LockNotAvailableError:
            log.warning("a commit takes too long to promise progress", service=self._service.name)
            return
        self._made_at, self._up_to, self._seq, self._is_covered = now, made["promised_to"], made["seq"], False

    def _is_due(self, now: datetime) -> bool:
        if self._made_at is None or now < self._made_at:
            return True
        period = timedelta(seconds=self._service.settings.promise_seconds * self._service.clock.speed)
        return now - self._made_at >= max(TICK, period)

    def after_batch(self, last: int, full: bool) -> None:
        """A batch, read in order up to the seq `last`, is published; one that was not full was all that there is."""
        self._is_covered |= not full or last >= self._seq

    async def covered(self) -> Sequence[Message]:
        """The promise for every partition, once all that it covers is published."""
        if self._up_to is None or not self._is_covered:
            return ()
        return [
            Message(topic, promise.key, value, number)
            for topic in sorted(self._service.definition.promises)
            for promise in (ProgressPromised(self._service.name, self._up_to, await self._bus.partitions(topic)),)
            for value in (promise.encode(),)
            for number in range(promise.partitions)
        ]

    def published(self) -> None:
        """The promise is on the bus."""
        self._up_to = None


@dataclass(frozen=True, slots=True)
class ReceivedPromise:
    """A promise that came from one partition of a topic."""

    topic: str
    partition: int
    promise: ProgressPromised


def separate(
    service: RunningService[Any], messages: Sequence[Message]
) -> tuple[Sequence[Message], Sequence[ReceivedPromise]]:
    """The messages without promises; and the promises among them that this service waits for."""
    events: list[Message] = []
    heard: list[ReceivedPromise] = []
    for message in messages:
        if (promise := _promise_in(message)) is None:
            events.append(message)
        elif promise.publisher in service.definition.awaits:
            heard.append(ReceivedPromise(message.topic, message.partition or 0, promise))
    return events, heard


def _promise_in(message: Message) -> ProgressPromised | None:
    """The promise; None for a message that is none, or that is broken and will be parked as such."""
    if not message.key.startswith(KEY_PREFIX) or message.value is None:
        return None
    try:
        return decode_promise(message.value)
    except Undecodable:
        return None


async def note(tx: Tx[Any], heard: Iterable[ReceivedPromise]) -> None:
    """Keep how far these partitions are known, in the transaction of the events before the promises."""
    newest: dict[tuple[str, str, int], ReceivedPromise] = {}
    for each in sorted(await _believed(tx, list(heard)), key=lambda each: each.promise.up_to):
        newest[each.promise.publisher, each.topic, each.partition] = each
    rows = [
        {
            "publisher": publisher,
            "topic": topic,
            "partition": partition,
            "up_to": each.promise.up_to,
            "partitions": each.promise.partitions,
        }
        for (publisher, topic, partition), each in newest.items()
    ]
    await tx.upsert(WATERMARKS, rows, key=("publisher", "topic", "partition"), newer="up_to")


async def _believed(tx: Tx[Any], heard: Sequence[ReceivedPromise]) -> Sequence[ReceivedPromise]:
    """Those of these promises that are not far ahead: behind one of the future a sweep would wait for nobody."""
    if not isinstance(tx.clock, RealClock) or all(each.promise.up_to <= tx.clock.now() + MOST_APART for each in heard):
        return heard
    latest = await latest_now(tx) + MOST_APART
    for each in heard:
        if each.promise.up_to > latest:
            log.error("promise of the future", publisher=each.promise.publisher, up_to=str(each.promise.up_to))
    return [each for each in heard if each.promise.up_to <= latest]


@dataclass(frozen=True, slots=True)
class Progress:
    """`up_to`: all publishers are known up to this moment, but for the subjects of `parked`, with since when.

    `at` is the moment on which waiting is counted: the database's, or that of a clock which is not real.
    """

    at: datetime
    is_real: bool
    up_to: datetime
    any_parked: bool
    parked: Mapping[UUID, datetime]


async def progress(tx: Tx[Any], publishers: Collection[str]) -> Progress:
    """How far these publishers are known here about complaints."""
    is_real = isinstance(tx.clock, RealClock)
    values = {"publishers": sorted(publishers), "topic": COMPLAINTS, "is_real": is_real}
    known = (await tx.execute(KNOWN, values)).all()
    if any(row.any_ahead for row in known):
        log.error("watermarks of the future are not believed", publishers=sorted(publishers))
        await tx.execute(FORGET_AHEAD)
    parked = (await tx.execute(PARKED_KEYS, {"topic": COMPLAINTS})).all() if known[0].any_parked else ()
    return Progress(
        at=known[0].at if is_real else tx.now,
        is_real=is_real,
        up_to=min(row.up_to for row in known),
        any_parked=known[0].any_parked,
        parked={id: row.parked_at for row in parked for id in _complaint(row.key)},
    )


def _complaint(key: str) -> Iterable[UUID]:
    """The complaint whose id a key is; a broken message may have any key."""
    try:
        return (UUID(key),)
    except ValueError:
        return ()
