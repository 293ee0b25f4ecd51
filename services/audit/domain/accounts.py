"""What intake, routing and sla each know of one complaint."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.vocabulary import ALARM, APPEAL, CONTEST, LIFE, REFERRAL, UNVERIFIED, VERIFICATION

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
KNOWN_ZONES = frozenset({*ZONES, *ZONES.values()})


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint at intake: its filing, the state in its status, and who its timeline and its status say holds it.

    `acts` are those that its reporter has asked for, the last of them at the moment `acted_at`.
    """

    filed_at: datetime
    state: str | None = None
    holder: str | None = None
    holder_name: str | None = None
    agency_name: str | None = None
    kind: str = "complaint"
    confidential: bool = False
    acts: frozenset[str] = frozenset()
    acted_at: datetime | None = None
    reference: str | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint at routing, whose facts these are; `changed_at` is the moment of its last act, or its filing.

    `decided` are the acts of its reporter that were done or refused. On hold or merged, it returns to `held_from`. A
    draft of its answer may wait for approval, promises and an alarm (`is_urgent`) may be open. A whole
    `has_open_part`. Of an appeal, the `appellate` decides. Supporting units have `open_requests`, and the holder has
    `open_orders` to acknowledge. A follow-up that `is_contested` is judged by the `judge`. With `handover_open`, its
    file is to be handed over to the Ombudsman.
    """

    state: str
    holder: str
    verifier: str
    changed_at: datetime
    decided: frozenset[str] = frozenset()
    held_from: str | None = None
    draft_waits: bool = False
    open_promises: int = 0
    is_urgent: bool = False
    sensitive: bool = False
    has_open_part: bool = False
    appellate: str | None = None
    open_requests: int = 0
    judge: str | None = None
    is_contested: bool = False
    handover_open: bool = False
    transfers: int = 0
    open_orders: int = 0

    @property
    def handling(self) -> str:
        """The state of the handling, which a hold or a merger only interrupts, and a referral does not even that."""
        return self.held_from or self.state

    def owner_of(self, clock: str) -> str:
        """Who has to keep a clock of this name."""
        if clock == APPEAL:
            return self.appellate or self.holder
        if clock == CONTEST:
            return self.judge or self.holder
        of_verifier = (VERIFICATION, ALARM, REFERRAL) if self.handling == UNVERIFIED else (VERIFICATION,)
        return self.verifier if clock in of_verifier else self.holder


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock at sla; one that runs has no `stopped_at`. Moments that are not finite come as None.

    It `is_muted` if a step or round that it has not come to counts as taken. It `is_paused` only on hold or merged. A
    `hidden_pause` stops it although its complaint was neither then.
    """

    name: str
    cycle: int
    agency: str
    moved_at: datetime | None
    next_at: datetime | None
    stopped_at: datetime | None
    is_muted: bool = False
    is_paused: bool = False
    hidden_pause: bool = False
    started_at: datetime | None = None
    zone: str = "Asia/Jakarta"

    @property
    def runs(self) -> bool:
        return self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Timed:
    """A complaint at sla with its clocks; it `is_ended` without an answer if it was archived or withdrawn.

    Before the first forwarding, which follows the verification, it has no `transfers`.
    """

    filed_at: datetime
    clocks: tuple[Clock, ...] = ()
    kind: str = "complaint"
    confidential: bool = False
    is_answered: bool = False
    is_ended: bool = False
    silent_since: datetime | None = None
    reference: str | None = None
    sensitive: bool = False
    holder: str | None = None
    transfers: int | None = None
    is_verified: bool = False

    @property
    def life(self) -> Clock | None:
        return next((clock for clock in self.clocks if clock.name == LIFE), None)

    @property
    def running(self) -> tuple[Clock, ...]:
        return tuple(clock for clock in self.clocks if clock.runs)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the three services know of one complaint, None where one does not, and whether notify knows it."""

    id: UUID
    filed: Filed | None
    case: Case | None
    timed: Timed | None
    is_told: bool = True
