"""What a step of a clock announces, and to whom: plain values that an action turns into events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.sla.domain.clocks import Clock, next_moment, next_step_of, require_near, rounds_due, waiting
from services.sla.domain.directory import Seat
from services.sla.domain.ladder import Ladder, Recipients
from services.sla.domain.pauses import gone_on
from services.sla.domain.rules import Rules
from services.sla.domain.steps import HALFWAY, LAPSE, NEAR, OFFER, OVER, WATCH, Step, raised, steps_of
from shared.vocabulary import CLOCK_NAMES, RESOLUTION, ROOT, EventType

# A clock that cannot be counted climbs to the root so often.
UNCOUNTED = timedelta(days=7)
# More rounds than any clock has.
MOST_ROUNDS = 100_000
# The number of that step. The named steps have not been taken by it: once the clock can be counted, they are said.
UNNAMED = 0


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event that a step of a clock causes; `vacant_seat` is the seat of a SeatFoundVacant.

    `clock` is the clock after the step. `passed` counts the rounds before this one that nobody said.
    """

    event: EventType
    clock: Clock
    step: Step
    recipients: Recipients
    passed: int = 0
    vacant_seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that a due clock takes: the clock before and after it, and what it announces, in order.

    `step` is its number. A step that announces nothing leaves no trace but the clock's next moment.
    """

    before: Clock
    after: Clock
    step: int
    escalation: int
    announcements: Sequence[Announcement]

    @property
    def told(self) -> Sequence[Seat]:
        """The seats that the climb is said to, if the step is one."""
        climbs = (each for each in self.announcements if each.event == EventType.COMPLAINT_ESCALATED)
        return [seat for climb in climbs for seat in climb.recipients.reached]


def take_step(
    rules: Rules, ladder: Ladder, clock: Clock, now: datetime, is_watched: bool = False, until: datetime | None = None
) -> TakenStep:
    """The next step of a due clock, or the last of its rounds that are due. An error for one that cannot be counted.

    `is_watched` tells of a life clock that a limit of the handling runs, which will climb by itself. Rounds are taken
    `until` the moment up to which all acts are heard, if that is not now, and no further than to the pause of a paused
    clock. At the end of its pause a clock goes on, and says nothing.
    """
    if clock.paused_until is not None and clock.next_at == clock.paused_until:
        return TakenStep(clock, gone_on(rules, clock), UNNAMED, 0, ())
    step, recurs = next_step_of(rules, clock)
    if recurs:
        heard = until or now
        round, next_at = rounds_due(rules, clock, step, min(heard, clock.paused_at or heard))
        after = replace(clock, round=round, next_at=next_at)
    else:
        after = replace(clock, next_step=clock.next_step + 1, round=0)
        after = replace(after, next_at=next_moment(rules, after))
    after = waiting(after)
    require_near(after, now)
    step = raised(step, clock.floor)
    if (step.kind == WATCH and is_watched) or _is_overtaken(step, after, now):
        return TakenStep(clock, after, step.number, 0, ())
    recipients = ladder.recipients(clock, step)
    passed = max(0, after.round - clock.round - 1)
    return TakenStep(clock, after, step.number, step.escalation, announcements_of(after, step, recipients, passed))


def give_up(rules: Rules, ladder: Ladder, clock: Clock, now: datetime) -> TakenStep:
    """The step of a clock that cannot be counted: it climbs to the root again and again, and stops no other."""
    last = steps_of(rules.policies[-1], RESOLUTION, clock.limit_days)[-1]
    recipients = ladder.recipients_at(ROOT, clock.name, last)
    round = clock.round + 1 if 0 <= clock.round < MOST_ROUNDS else 1
    after = replace(clock, round=round, next_at=now + UNCOUNTED, paused_at=None, paused_until=None)
    # No event can carry an unknown name.
    named = after if clock.name in CLOCK_NAMES else replace(after, name=RESOLUTION)
    return TakenStep(clock, after, UNNAMED, last.escalation, announcements_of(named, last, recipients))


def _is_overtaken(step: Step, after: Clock, now: datetime) -> bool:
    """A reminder is needless once the next step is due as well: after an outage "near" is not said of what is past."""
    return step.kind in (NEAR, HALFWAY) and after.next_at is not None and after.next_at <= now


def announcements_of(clock: Clock, step: Step, recipients: Recipients, passed: int = 0) -> Sequence[Announcement]:
    """What a step announces; each vacant seat is reported to whoever was reached in its place, in no round again."""
    events = [Announcement(event, clock, step, recipients, passed) for event in _events_of(step)]
    if step.kind == OFFER or clock.round > 1:
        return events
    vacant = EventType.SEAT_FOUND_VACANT
    return events + [Announcement(vacant, clock, step, recipients, vacant_seat=seat) for seat in recipients.vacant]


def _events_of(step: Step) -> Sequence[EventType]:
    if step.kind == NEAR:
        return (EventType.DEADLINE_NEAR,)
    if step.kind == OFFER:
        return (EventType.OMBUDSMAN_OFFERED,)
    if step.kind == HALFWAY:
        return (EventType.WINDOW_CLOSING,)
    if step.kind == OVER:
        return (EventType.WINDOW_LAPSED,)
    if step.kind == LAPSE:
        return (EventType.DEADLINE_MISSED,)
    missed = (EventType.DEADLINE_MISSED,) if step.declares else ()
    return (*missed, EventType.COMPLAINT_ESCALATED)
