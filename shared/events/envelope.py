"""The envelope of every event: topics, the CloudEvents 1.0 document, encoding and decoding."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict
from uuid_utils.compat import uuid7

COMPLAINTS = "complaints.v1"
DIRECTORY = "directory.v1"
CONTACTS = "contacts.v1"
TOPICS = (COMPLAINTS, DIRECTORY, CONTACTS)
COMPACTED = frozenset({DIRECTORY, CONTACTS})

FACTS: dict[str, type["Fact"]] = {}


class Undecodable(ValueError):
    """This message is not an event of the contract."""


class Part(BaseModel):
    """A value inside an event: immutable; fields of a later release are ignored."""

    # Validation errors name the field and never repeat its value.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Fact(Part):
    """What happened, said by exactly one service on exactly one topic."""

    topic: ClassVar[str] = COMPLAINTS
    source: ClassVar[str] = ""

    def __init_subclass__(cls, *, source: str, topic: str = COMPLAINTS, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.topic, cls.source = topic, source
        FACTS[cls.__name__] = cls

    @property
    def key(self) -> str:
        """The subject: all events with one key stay in order."""
        return str(self.complaint_id)  # type: ignore[attr-defined,no-any-return,unused-ignore]


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Event(Generic[F]):
    """One fact with its envelope; `time` is the moment it was staged."""

    id: UUID
    time: datetime
    fact: F

    @property
    def subject(self) -> str:
        return self.fact.key


@dataclass(frozen=True, slots=True)
class Later:
    """An event whose type this release does not know."""

    id: UUID
    type: str


def event_of(fact: F, now: datetime) -> Event[F]:
    return Event(uuid7(), now, fact)


def encode(event: Event[Any]) -> bytes:
    fact, subject = event.fact, event.subject
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": f"tanggap/{fact.source}",
            "type": type(fact).__name__,
            "subject": subject,
            "time": event.time,
            "datacontenttype": "application/json",
            "traceparent": traceparent(event.id.hex, subject),
            "data": fact.__dict__,
        },
        default=_plain,
    )


def _plain(value: object) -> str | dict[str, Any]:
    """What orjson cannot write by itself; asyncpg gives a UUID class of its own, which it does not take for one."""
    if isinstance(value, Part | UUID):
        return value.__dict__ if isinstance(value, Part) else str(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")


def traceparent(event_id: str, subject: str) -> str:
    """W3C trace context: all events of one complaint are one trace, whose id is the complaint's id."""
    trace = subject.replace("-", "")
    return f"00-{trace if len(trace) == 32 else event_id}-{event_id[16:]}-01"


def decode(value: bytes, wanted: Container[type[Fact]] | None = None) -> Event[Any] | None:
    """The event in a message, or None for a type that this release does not know, or that is not wanted.

    Raises Undecodable when it is no CloudEvent or its data does not fit the contract.
    """
    found = read(value, wanted)
    return found if isinstance(found, Event) else None


def read(value: bytes, wanted: Container[type[Fact]] | None = None) -> Event[Any] | Later | None:
    """The event in a message, a Later for a type that this release does not know, None for one that is not wanted.

    Raises Undecodable when it is no CloudEvent or its data does not fit the contract.
    """
    try:
        document = orjson.loads(value)
        kind = FACTS.get(document["type"])
        if kind and wanted is not None and kind not in wanted:
            return None
        event_id, time = UUID(document["id"]), datetime.fromisoformat(document["time"])
        if time.tzinfo is None:
            raise ValueError("its time has no zone")
        return Event(event_id, time, kind.model_validate(document["data"])) if kind else _later(event_id, document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Undecodable(f"{Undecodable.__doc__} {type(error).__name__}: {error}") from error


def _later(event_id: UUID, document: Mapping[str, Any]) -> Later:
    if not isinstance(document["type"], str) or not document["type"]:
        raise ValueError("its type is no name")
    return Later(event_id, document["type"])


def type_in(value: bytes) -> str | None:
    """The type that a message names, if that much of it can be read."""
    try:
        found = orjson.loads(value)["type"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def facts(events: Sequence[Event[F]]) -> list[F]:
    return [event.fact for event in events]
