"""What was read of all services at the end, as plain values: timelines, cases, clocks, messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.mails import Mail
from services.intake.domain.sentences import CLIMBS_ON

Json = Mapping[str, Any]
# The states in which a complaint waits for nobody, and the event that says so.
ENDS = {"ANSWERED": "ComplaintAnswered", "ARCHIVED": "ComplaintArchived", "WITHDRAWN": "ComplaintWithdrawn"}
# The state that an event leads to, of those that a timeline must agree on.
TURNS = {event: state for state, event in ENDS.items()} | {"ComplaintClosed": "CLOSED", "ComplaintReopened": None}
# An appeal opens a complaint, and those of the demo are upheld.
TURNS |= {"ComplaintAppealed": None, "AppealDecided": None}


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a public timeline; `words` are an official's."""

    at: datetime
    type: str
    sentence: str
    words: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether a climb goes on to the next official, because nobody was reached in time."""
        return self.sentence.startswith(CLIMBS_ON.partition("{")[0])


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a clock has fired; `escalation` counts from 1 and is 0 for a reminder or an offer.

    `round` counts how often the last step has recurred, and is 0 for a step with a name.
    """

    escalation: int
    fired_at: datetime
    round: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as sla shows it."""

    name: str
    cycle: int
    agency: str
    zone: str
    unit: str
    started_at: datetime
    limit_days: int
    due_at: datetime
    stopped_at: datetime | None
    state: str
    steps: tuple[Step, ...]
    extended_days: int = 0
    next_at: datetime | None = None

    @property
    def length(self) -> int:
        """The limit with what an interim reply has added to it."""
        return self.limit_days + self.extended_days

    @property
    def climbs(self) -> tuple[Step, ...]:
        """The named climbs."""
        return tuple(step for step in self.steps if step.escalation and not step.round)

    @property
    def rounds(self) -> int:
        """How often it has climbed again since the last of them."""
        return max((step.round for step in self.steps if step.escalation), default=0)


@dataclass(frozen=True, slots=True)
class Message:
    """A row of notify's ledger."""

    reference: str | None
    kind: str
    role: str | None
    template: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ComplaintRecord:
    """One complaint at the end: intake's timeline, routing's case, sla's clocks, notify's messages.

    `read_at` is the simulated moment at which reading began; everything earlier is included.
    """

    id: str
    reference: str
    read_at: datetime
    filed_at: datetime
    has_email: bool
    status: str
    timeline: Sequence[Event]
    case: Json
    holder: Json
    clocks: Sequence[Clock]
    messages: Sequence[Message]

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.timeline if event.type == kind]

    @property
    def answered_at(self) -> datetime | None:
        return next((event.at for event in self.events("ComplaintAnswered")), None)

    @property
    def told_state(self) -> str | None:
        """The state after the last answer, end or reopening that the timeline tells of."""
        told = next((TURNS[event.type] for event in reversed(self.timeline) if event.type in TURNS), None)
        # A complaint in parts is answered in them, and closed with the last.
        return "CLOSED" if told == "ANSWERED" and self.events("ComplaintSplit") else told

    @property
    def ended_at(self) -> datetime | None:
        """When it was answered, archived or withdrawn."""
        return next((event.at for kind in ENDS.values() for event in self.events(kind)), None)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A sensitive complaint: the label that its reporter reads, its state, and the places that show it to others."""

    reference: str
    status: str
    state: str
    seen_in: Sequence[str]


@dataclass(frozen=True, slots=True)
class Played:
    """An act that somebody did in a story, and the event by which the timeline must tell of it."""

    reference: str
    act: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was read. `slack` is the simulated time by which a sweep or a delivery may be late.

    `parts` are the parts of the complaints that were split, `hidden` the sensitive ones, which are no records. `played`
    are the acts of the stories, `unplayed` those that did not come about.
    """

    slack: timedelta
    records: Sequence[ComplaintRecord]
    mails: Sequence[Mail]
    ledger: Sequence[Message]
    repeated_answers: Sequence[tuple[Json, Json]] = ()
    repeated_mails: int = 0
    parked: Mapping[str, int] = field(default_factory=dict)
    parts: Sequence[ComplaintRecord] = ()
    hidden: Sequence[Hidden] = ()
    played: Sequence[Played] = ()
    unplayed: Sequence[str] = ()
