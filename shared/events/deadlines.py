"""Events of time: limits that are near or missed, and the climb of the ladder, said by sla."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import Recipient
from shared.events.envelope import Fact
from shared.vocabulary import ClockName, Role, WithdrawalReason


class LimitSet(Fact, source="sla"):
    """A limit for one act of `agency` runs until `due_at`: an event began it, or gave it another end or agency.

    A hold is for the reporter, whom `agency` has asked.
    Nothing is said of limits that a policy or a decree moves: they are many, and whoever must act was told before.
    """

    complaint_id: UUID
    clock: ClockName
    cycle: int
    agency: str
    due_at: AwareDatetime


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
    """An overdue complaint climbed to `step` of the ladder; `vacant` seats were passed over.

    After the last step it climbs to the same seats again and again: `round` counts these times from 1, and `passed`
    those before this one that an outage kept from being said. With `instead_of`, the same climb goes on to other
    seats, because these could not be reached or had not been within a working day.
    Since the moment `unsure_since` sla had not heard what was done about it; at the epoch it never had.
    An `unverified` complaint is held by its verifier, which is then its `agency`.
    """

    complaint_id: UUID
    clock: ClockName
    cycle: int
    step: int
    agency: str
    due_at: AwareDatetime
    recipients: tuple[Recipient, ...]
    vacant: tuple[Recipient, ...] = ()
    round: int = 0
    passed: int = 0
    instead_of: tuple[Recipient, ...] = ()
    unsure_since: AwareDatetime | None = None
    unverified: bool = False


class EscalationWithdrawn(Fact, source="sla"):
    """Steps of a clock, announced for `agency`, are taken back: at their moment it had acted, or passed the case on.

    `since` is the moment of that act, `standing` the highest step that the complaint keeps. `steps` are climbs, or 0
    for the offer; `reminders` are percentages of the limit. `from_round` is the first round of the last step that is
    taken back; all earlier ones stand.
    """

    complaint_id: UUID
    clock: ClockName
    cycle: int
    agency: str
    steps: tuple[int, ...]
    reason: WithdrawalReason
    since: AwareDatetime
    standing: int = 0
    reminders: tuple[int, ...] = ()
    from_round: int = 0


class SeatFoundVacant(Fact, source="sla"):
    """An escalation met a vacant seat; `reported_to` are the seats above it."""

    complaint_id: UUID
    agency: str
    role: Role
    step: int
    reported_to: tuple[Recipient, ...]


class OmbudsmanOffered(Fact, source="sla"):
    """Unsolved at its limit (60 calendar days, unless a policy is stricter): the reporter may go to the Ombudsman.

    An `unverified` complaint is held by its verifier, which is then its `agency`.
    """

    complaint_id: UUID
    filed_at: AwareDatetime
    agency: str
    unverified: bool = False


class WindowClosing(Fact, source="sla"):
    """Half of the time has passed that the reporter has to accept or dispute an answer."""

    complaint_id: UUID
    window: int
    agency: str
    due_at: AwareDatetime


class WindowLapsed(Fact, source="sla"):
    """The reporter has let the time pass to accept or dispute an answer; routing decides whether that closes it."""

    complaint_id: UUID
    window: int
    agency: str
    due_at: AwareDatetime
