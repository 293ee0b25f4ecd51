"""What a step of a clock announces, and to whom: plain values that an action turns into events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.sla.domain.clocks import Clock, moment_of_step, steps_for
from services.sla.domain.directory import Seat
from services.sla.domain.ladder import Ladder, Recipients
from services.sla.domain.rules import Rules
from services.sla.domain.steps import CLIMB, NEAR, Step, steps_of
from shared.vocabulary import CLOCK_NAMES, RESOLUTION, ROOT, EventType


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event that a step of a clock causes; `vacant_seat` is the seat of a SeatFoundVacant."""

    event: EventType
    clock: Clock
    step: Step
    recipients: Recipients
    vacant_seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that a due clock takes, what it announces, in order, and when the clock is due again, if ever."""

    clock: Clock
    escalation: int
    announcements: Sequence[Announcement]
    next_at: datetime | None


def take_step(rules: Rules, ladder: Ladder, clock: Clock) -> TakenStep:
    """The next step of a due clock. Raises an error for a clock that cannot be counted."""
    steps = steps_for(rules, clock)
    step, is_last = steps[clock.next_step - 1], clock.next_step == len(steps)
    next_at = None if is_last else moment_of_step(rules, clock, steps[clock.next_step])
    announcements = announcements_of(clock, step, ladder.recipients(clock, step))
    return TakenStep(clock, step.escalation, announcements, next_at)


def give_up(rules: Rules, ladder: Ladder, clock: Clock) -> TakenStep:
    """The last step of a clock that cannot be counted: it climbs to the root at once, so that it stops no other."""
    last = steps_of(rules.policies[-1], RESOLUTION, clock.limit_days)[-1]
    recipients = ladder.recipients_at(ROOT, clock.name, last)
    # No event can carry an unknown name.
    named = clock if clock.name in CLOCK_NAMES else replace(clock, name=RESOLUTION)
    return TakenStep(clock, last.escalation, announcements_of(named, last, recipients), next_at=None)


def announcements_of(clock: Clock, step: Step, recipients: Recipients) -> Sequence[Announcement]:
    """What a step announces; each vacant seat is reported to whoever was reached in its place."""
    events = [Announcement(event, clock, step, recipients) for event in _events_of(step)]
    if step.kind not in (NEAR, CLIMB):
        return events
    return events + [
        Announcement(EventType.SEAT_FOUND_VACANT, clock, step, recipients, seat) for seat in recipients.vacant
    ]


def _events_of(step: Step) -> Sequence[EventType]:
    if step.kind == NEAR:
        return (EventType.DEADLINE_NEAR,)
    if step.kind != CLIMB:
        return (EventType.OMBUDSMAN_OFFERED,)
    # The first climb also declares the limit missed.
    missed = (EventType.DEADLINE_MISSED,) if step.escalation == 1 else ()
    return (*missed, EventType.COMPLAINT_ESCALATED)
