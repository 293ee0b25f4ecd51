"""The contract between services: every event, its topic, its publisher and its shape.

An event is a CloudEvents 1.0 JSON document. A new field has a default; an unknown field is ignored; an unknown type is
skipped. No event carries personal data in clear: what a person wrote travels sealed (`shared/vault.py`).
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict
from uuid_utils.compat import uuid7

COMPLAINTS = "complaints.v1"
DIRECTORY = "directory.v1"
CONTACTS = "contacts.v1"
TOPICS = (COMPLAINTS, DIRECTORY, CONTACTS)
COMPACTED = frozenset({DIRECTORY, CONTACTS})

Role = Literal["liaison", "coordinator", "leader"]
Tier = Literal["national", "ministry", "province", "regency", "city", "unit", "company"]
Kind = Literal["complaint", "aspiration", "information"]
Classification = Literal["complaint", "supervisory", "aspiration", "information"]
ClockName = Literal["verification", "follow_up", "resolution", "ombudsman"]

FACTS: dict[str, type["Fact"]] = {}


class Undecodable(ValueError):
    """This message is not an event of the contract."""


class Part(BaseModel):
    """A value inside an event: immutable, and deaf to fields of a later release."""

    # What does not fit is named where it is parked and logged, but not repeated.
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


class AgencyRef(Part):
    """As much of an agency as an event needs to name it; `zone` is an IANA time zone."""

    code: str
    name: str
    tier: Tier
    zone: str


class Recipient(Part):
    """A seat to be told: the post, never the person."""

    agency: str
    role: Role


class SeatCard(Part):
    """A seat of an agency; without an `email` it is vacant."""

    role: Role
    title: str
    email: str | None = None


class ComplaintFiled(Fact, source="intake"):
    """A complaint was taken in; `sealed` holds title, text and address for routing alone."""

    complaint_id: UUID
    reference: str
    filed_at: AwareDatetime
    kind: Kind
    channel: str
    region: str | None = None
    agency: str | None = None
    anonymous: bool = False
    confidential: bool = False
    reporter_ref: UUID | None = None
    sealed: str


class ComplaintRouted(Fact, source="routing"):
    """A complaint was assigned to an agency; `verifier` must verify it within the limit.

    `explanation` is empty for a confidential complaint.
    """

    complaint_id: UUID
    agency: AgencyRef
    verifier: AgencyRef
    rule: str
    explanation: str
    filed_at: AwareDatetime
    kind: Kind


class ComplaintVerified(Fact, source="routing"):
    """The coordinator verified the complaint and gave it its class."""

    complaint_id: UUID
    by: str
    classification: Classification


class ComplaintForwarded(Fact, source="routing"):
    """The complaint was disposed to the agency that must follow it up; `sealed` holds why it was passed on."""

    complaint_id: UUID
    agency: AgencyRef
    by: str
    previous: str | None = None
    transfers: int = 0
    sealed: str | None = None


class FollowUpRecorded(Fact, source="routing"):
    """The agency gave a substantive follow-up (tindak lanjut); `sealed` holds its words."""

    complaint_id: UUID
    agency: str
    sealed: str


class ComplaintAnswered(Fact, source="routing"):
    """The agency gave its final answer; `sealed` holds its words."""

    complaint_id: UUID
    agency: str
    sealed: str


class DeadlineNear(Fact, source="sla"):
    """`percent` of a limit has passed without the act that stops the clock."""

    complaint_id: UUID
    clock: ClockName
    cycle: int
    percent: int
    agency: str
    due_at: AwareDatetime
    recipients: tuple[Recipient, ...]


class DeadlineMissed(Fact, source="sla"):
    """A limit has passed: the complaint is overdue, in public."""

    complaint_id: UUID
    clock: ClockName
    cycle: int
    agency: str
    due_at: AwareDatetime


class ComplaintEscalated(Fact, source="sla"):
    """An overdue complaint climbed to `step` of the ladder; `vacant` seats were passed over."""

    complaint_id: UUID
    clock: ClockName
    cycle: int
    step: int
    agency: str
    due_at: AwareDatetime
    recipients: tuple[Recipient, ...]
    vacant: tuple[Recipient, ...] = ()


class SeatFoundVacant(Fact, source="sla"):
    """An escalation met a vacant seat; `reported_to` are the seats above it."""

    complaint_id: UUID
    agency: str
    role: Role
    step: int
    reported_to: tuple[Recipient, ...]


class OmbudsmanOffered(Fact, source="sla"):
    """Unsolved for 60 calendar days: the reporter may hand the case to the Ombudsman."""

    complaint_id: UUID
    filed_at: AwareDatetime
    agency: str


class AgencyPublished(Fact, source="routing", topic=DIRECTORY):
    """An agency of the directory with its seats, in full."""

    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: str
    field: str | None = None
    seats: tuple[SeatCard, ...] = ()

    @property
    def key(self) -> str:
        return self.code


class ContactStored(Fact, source="intake", topic=CONTACTS):
    """How a reporter can be reached, sealed for notify alone."""

    reporter_ref: UUID
    sealed: str

    @property
    def key(self) -> str:
        return str(self.reporter_ref)


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
            "data": fact,
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
    try:
        document = orjson.loads(value)
        kind = FACTS.get(document["type"])
        event_id, time = UUID(document["id"]), datetime.fromisoformat(document["time"])
        if time.tzinfo is None:
            raise ValueError("its time has no zone")
        heard = kind if wanted is None or kind in wanted else None
        return Event(event_id, time, heard.model_validate(document["data"])) if heard else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Undecodable(f"{Undecodable.__doc__} {type(error).__name__}: {error}") from error


def facts(events: Sequence[Event[F]]) -> list[F]:
    return [event.fact for event in events]
