"""Messages set aside: those that could not be handled (`parked`), and events of a later release (`later`)."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
)

from shared.bus import Message
from shared.db.clock import database_now
from shared.db.transaction import Tx
from shared.vocabulary import EventType

# The pauses between the tries of a parked message; the last one repeats.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
LONGEST_WORDS = 2_000
MEASURE = """
SELECT count(*) AS parked, count(*) FILTER (WHERE starts_with(error, 'AheadOfTime')) AS ahead,
       coalesce(extract(epoch FROM now() - min(parked_at)), 0) AS age, (SELECT count(*) FROM later) AS later
FROM parked
"""


class AheadOfTime(Exception):
    """This event is dated more than five minutes ahead."""


class OfLaterRelease(Exception):
    """The type of this event belongs to a later release."""


def parked_table(tables: MetaData) -> Table:
    return Table(
        "parked",
        tables,
        *_message_columns(),
        Column("error", Text, nullable=False),
        Column("parked_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
        # How often it has been tried again, and when the last try began.
        Column("attempts", Integer, server_default="0", nullable=False),
        Column("tried_at", DateTime(timezone=True)),
        Column(
            "next_try_at",
            DateTime(timezone=True),
            server_default=text("now() + interval '1 minute'"),
            nullable=False,
            index=True,
        ),
        # The id by which the inbox knows the message: its event's, or one of its content if it cannot be decoded.
        Column("event_id", Uuid),
        Column("type", Text),
        Index("ix_parked_key", "key"),
    )


def later_table(tables: MetaData) -> Table:
    return Table(
        "later",
        tables,
        *_message_columns(),
        Column("event_id", Uuid, nullable=False),
        Column("type", Text, nullable=False, index=True),
        Column("received_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )


def _message_columns() -> Iterator[Column[Any]]:
    yield Column("seq", BigInteger, Identity(always=True), primary_key=True)
    yield Column("topic", Text, nullable=False)
    yield Column("key", Text, nullable=False)
    yield Column("value", LargeBinary, nullable=False)


# The tables are the same in every service; the role of the connection decides the schema.
PARKED, LATER = parked_table(MetaData()), later_table(MetaData())


@dataclass(frozen=True, slots=True)
class MessageToPark:
    """A message to set aside: the id by which the inbox knows it, its type where that can be read, and the reason."""

    message: Message
    id: UUID
    type: str | None
    error: Exception
    pause: timedelta = PAUSES[0]


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A parked message as officials see it: neither its value nor the words of its error.

    One about a `sensitive` complaint has no `key`, which is the complaint's id.
    """

    id: int
    topic: str
    key: str | None
    type: str | None
    error: str
    parked_at: datetime
    attempts: int
    next_try_at: datetime
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """How many messages are set aside, and the age of the oldest parked one in seconds."""

    parked: int
    ahead: int
    later: int
    age: float


NOT_KEPT = ("id", "sensitive")
LISTED = [
    PARKED.c.seq.label("id"),
    *(PARKED.c[field.name] for field in fields(ParkedMessage) if field.name not in NOT_KEPT),
]
# A complaint that the service does not know yet is sensitive if a parked message says so.
TOLD_SENSITIVE = select(PARKED.c.key).where(
    or_(
        PARKED.c.type == EventType.SENSITIVITY_DECLARED,
        func.encode(PARKED.c.value, "escape").contains('"sensitive":true'),
    )
)


async def set_aside(tx: Tx[Any], asides: Sequence[MessageToPark]) -> None:
    """Park these messages, or keep them for the release that knows their type."""
    later = [aside for aside in asides if isinstance(aside.error, OfLaterRelease)]
    await tx.insert(LATER, [{**_kept(aside), "type": storable(aside.type or "")} for aside in later])
    if others := [aside for aside in asides if not isinstance(aside.error, OfLaterRelease)]:
        now = await database_now(tx)
        await tx.insert(PARKED, [_parked(aside, now) for aside in others])


def _kept(aside: MessageToPark) -> Mapping[str, Any]:
    message = aside.message
    return {"topic": message.topic, "key": storable(message.key), "value": message.value, "event_id": aside.id}


def _parked(aside: MessageToPark, now: datetime) -> Mapping[str, Any]:
    kind = None if aside.type is None else storable(aside.type)
    return {**_kept(aside), "type": kind, "error": words_of(aside.error), "next_try_at": now + aside.pause}


def words_of(error: Exception) -> str:
    """The class of an error and its words, as they are kept."""
    return storable(f"{type(error).__name__}: {error}"[:LONGEST_WORDS])


def storable(words: str) -> str:
    """The text without characters that PostgreSQL cannot store, so that every bad message can be parked."""
    return words.replace("\x00", "\ufffd").encode(errors="replace").decode()


async def list_parked(tx: Tx[Any], sensitive: Select[UUID] | None, after: int, limit: int) -> list[ParkedMessage]:
    """Parked messages behind the id `after`, in the order in which they were parked; `sensitive` gives ids."""
    told = PARKED.c.key.in_(TOLD_SENSITIVE).label("sensitive")
    rows = await tx.execute(select(*LISTED, told).where(PARKED.c.seq > after).order_by(PARKED.c.seq).limit(limit))
    found = [ParkedMessage(**{**row._mapping, "error": _class_in(row.error)}) for row in rows]
    hidden = await _among(tx, sensitive, {each.key for each in found if each.key})
    return [_unnamed(each) if each.sensitive or each.key in hidden else each for each in found]


async def _among(tx: Tx[Any], sensitive: Select[UUID] | None, keys: Collection[str]) -> frozenset[str]:
    """Those of these keys that are ids of sensitive complaints."""
    if sensitive is None:
        return frozenset()
    ids = [UUID(key) for key in keys if re.fullmatch(r"[0-9a-f-]{36}", key)]
    [id] = sensitive.selected_columns
    return frozenset(
        str(row[0]) for row in await tx.execute(sensitive.where(id == any_(bindparam("ids", ids, ARRAY(Uuid)))))
    )


def _unnamed(message: ParkedMessage) -> ParkedMessage:
    return replace(message, key=None, sensitive=True)


def _class_in(words: str) -> str:
    found = re.match(r"[A-Za-z_]\w*", words)
    return found[0] if found else "Exception"


async def measure(tx: Tx[Any]) -> Measure:
    """How much is set aside in this service."""
    row = (await tx.execute(MEASURE)).one()
    return Measure(row.parked, row.ahead, row.later, float(row.age))
