"""Clocks: a limit that runs for an agency, and what starting, stopping, moving and reclassifying it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from services.sla.domain.complaints import Complaint
from services.sla.domain.rules import Rules, name_of_calendar
from services.sla.domain.spans import Spans, moment_past, working_days_past
from services.sla.domain.steps import Step, moment_of, recurring_step, steps_of
from services.sla.domain.stops import DATED, kept_at, stop_of
from services.sla.domain.terms import Terms
from shared.vocabulary import LIFE, WINDOW, ClockName

Outcome = Literal["met", "missed", "transferred", "answered", "ended"]
MET: Outcome = "met"
MISSED: Outcome = "missed"
TRANSFERRED: Outcome = "transferred"
ANSWERED: Outcome = "answered"  # The life clock ends by an act, and has no limit to meet.
ENDED: Outcome = "ended"  # Archived or withdrawn within its limit, or a window: neither met nor missed.
# Nobody can miss these: they wait for a person, or watch.
WITHOUT_LIMIT = frozenset({LIFE, WINDOW})
RUNNING, OVERDUE, PAUSED = "running", "overdue", "paused"
Key = tuple[UUID, ClockName, int]
NEITHER: Mapping[ClockName, Outcome] = {LIFE: ANSWERED, WINDOW: ENDED}
# The database refuses a step that is further away; no clock that can be counted comes near it.
FURTHEST = timedelta(days=150)


class ResponsibleAgency(Protocol):
    """The agency that must act within a limit, and the zone whose calendar counts."""

    @property
    def code(self) -> str: ...
    @property
    def zone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit that runs for one agency.

    `cycle` counts from 1 the turns of holders in follow-up clocks, the windows of the reporter in those after an
    answer, the drafts and promises in theirs, and in others how often they began. `next_step` counts the steps from 1;
    after the last named step the same step recurs, and `round` counts how often it has. `next_at` is None only once the
    clock has stopped. `worked_days` are working days from start to stop, but for `pauses`: the two moments of each.
    Since `paused_at` it pauses, until `paused_until` at the latest. No climb is lower than the `floor`, the step that
    the complaint had reached in an earlier cycle. An interim reply has made the limit longer by `extended_days`.
    It is counted by the `calendars` of these names, or without any by
    that of its zone; by several, each moment is the latest of theirs, and working days are of the first.
    """

    complaint_id: UUID
    name: ClockName
    cycle: int
    agency: str
    zone: str
    started_at: datetime
    limit_days: int
    unit: str
    policy_version: int
    due_at: datetime
    next_step: int
    next_at: datetime | None
    stopped_at: datetime | None = None
    outcome: Outcome | None = None
    worked_days: float | None = None
    round: int = 0
    floor: int = 0
    calendars: Sequence[str] = ()
    pauses: Spans = ()
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    extended_days: int = 0

    def __post_init__(self) -> None:
        # The database gives a list.
        object.__setattr__(self, "pauses", tuple(self.pauses))
        object.__setattr__(self, "calendars", tuple(self.calendars))

    @property
    def length(self) -> int:
        return self.limit_days + self.extended_days

    @property
    def key(self) -> Key:
        return self.complaint_id, self.name, self.cycle

    @property
    def counted_by(self) -> Sequence[str]:
        """The names of the calendars that count it."""
        return self.calendars or (name_of_calendar(self.zone),)

    def has_started(self, moment: datetime) -> bool:
        """Whether the clock has started by then.

        No holder had a turn before the first: an act that seems to be earlier was timed by another machine's clock.
        """
        return self.started_at <= moment or self.cycle == 1


def started(
    rules: Rules,
    complaint: Complaint,
    name: ClockName,
    agency: ResponsibleAgency,
    since: datetime,
    cycle: int = 1,
    floor: int = 0,
) -> Clock:
    """A clock that runs since this moment under the policy then in force; an act that has already happened stops it."""
    policy, limit = rules.terms(name, complaint, agency.code, since)
    name_of_own = rules.calendar_name(agency.code, agency.zone)
    calendar = rules.calendar_of(name_of_own)
    first = steps_of(policy, name, limit.days)[0]
    clock = Clock(
        complaint_id=complaint.id,
        name=name,
        cycle=cycle,
        agency=agency.code,
        zone=agency.zone,
        started_at=since,
        limit_days=limit.days,
        unit=limit.unit,
        policy_version=policy.version,
        due_at=moment_of(limit.unit, calendar, since, limit.days),
        next_step=first.number,
        next_at=moment_of(limit.unit, calendar, since, first.days),
        floor=floor,
        calendars=() if name_of_own == name_of_calendar(agency.zone) else (name_of_own,),
    )
    return settled(rules, complaint, clock)


def settled(rules: Rules, complaint: Complaint, clock: Clock, passed_on_at: datetime | None = None) -> Clock:
    """The clock as stopped by the first act that is known to stop it, or as running; with the outcome of that act.

    A follow-up also ends where the next turn begins; an act at that very moment belongs to the previous holder.
    """
    acts = (
        stop_of(complaint, clock.name, clock.started_at, clock.cycle),
        kept_at(complaint, clock.name, clock.stopped_at),
    )
    act = min((each for each in acts if each), default=None)
    outcome = TRANSFERRED if passed_on_at and (act is None or passed_on_at < act) else None
    at = passed_on_at if outcome else act
    if at != clock.stopped_at or (outcome == TRANSFERRED) != (clock.outcome == TRANSFERRED):
        clock = stopped(rules, clock, at, outcome) if at else resumed(rules, clock)
    return judged(complaint, clock)


def resumed(rules: Rules, clock: Clock) -> Clock:
    """The clock as running on; its next step is due when it would have been."""
    running = replace(clock, stopped_at=None, outcome=None, worked_days=None)
    try:
        return replace(running, next_at=next_moment(rules, running))
    except KeyError:  # Of an unknown policy: it cannot be counted, and climbs to the root.
        return replace(running, next_at=clock.due_at)


def stopped(rules: Rules, clock: Clock, at: datetime, outcome: Outcome | None = None) -> Clock:
    """The clock as stopped at this moment: met or missed unless an outcome is given, with the working days it ran."""
    worked = working_days_past(rules.calendar_of(clock.counted_by[0]), clock.started_at, at, clock.pauses)
    return replace(
        clock,
        next_at=None,
        stopped_at=at,
        outcome=NEITHER.get(clock.name) or outcome or outcome_of(clock.due_at, at),
        worked_days=max(0.0, worked),
        paused_at=None,
        paused_until=None,
    )


def judged(complaint: Complaint, clock: Clock) -> Clock:
    """The clock with the outcome of the act that stopped it: neither an end without an answer nor a split meets it."""
    ends = (*complaint.ends, *complaint.splits)
    if clock.stopped_at is None or clock.stopped_at not in ends or clock.outcome == TRANSFERRED:
        return clock
    is_missed = clock.name not in WITHOUT_LIMIT and clock.stopped_at > clock.due_at
    return replace(clock, outcome=MISSED if is_missed else ENDED)


def reclassified(rules: Rules, complaint: Complaint, clock: Clock, agency: str) -> Clock:
    """The same clock under the limit of its complaint's class, by the policies of its time. KeyError if unknown.

    `agency` is the one for which it began, whoever has it now.
    """
    since = max(clock.started_at, rules.policy(clock.policy_version).effective_at)
    return under(rules, clock, rules.terms(clock.name, complaint, agency, since), clock.started_at)


def restarted(rules: Rules, complaint: Complaint, clock: Clock, agency: str, since: datetime) -> Clock:
    """The same clock as running since an earlier moment, when this agency had it; steps already taken stay taken."""
    return under(rules, clock, rules.terms(clock.name, complaint, agency, since), since)


def under(rules: Rules, clock: Clock, terms: Terms, since: datetime) -> Clock:
    """The same clock with these terms and this start; it is counted again only if that changes anything."""
    version, limit = terms.policy.version, terms.limit
    # A promise ends with its day, whatever the longest is that may be promised.
    days = clock.limit_days if clock.name in DATED else limit.days
    before = clock.started_at, clock.policy_version, clock.limit_days, clock.unit
    if before == (since, version, days, limit.unit):
        return clock
    changed = replace(clock, started_at=since, policy_version=version, limit_days=days, unit=limit.unit)
    return recounted(rules, changed)


def recounted(rules: Rules, clock: Clock) -> Clock:
    """The clock with the moments that follow from its start, limit and zone; steps that were taken stay taken."""
    next_at = clock.next_at
    if next_at is not None:
        # A longer limit may come late: what has begun to recur goes on as often as before.
        following = next_moment(rules, clock)
        next_at = min(next_at, following) if clock.round else following
    clock = waiting(replace(clock, due_at=moment_in(rules, clock, clock.length), next_at=next_at))
    passed_on = TRANSFERRED if clock.outcome == TRANSFERRED else None
    return stopped(rules, clock, clock.stopped_at, passed_on) if clock.stopped_at else clock


def waiting(clock: Clock) -> Clock:
    """A paused clock as it waits for the end of its pause; a step that was due before the pause waits for nothing."""
    if clock.paused_at is None or clock.next_at is None or clock.next_at <= clock.paused_at:
        return clock
    return replace(clock, next_at=clock.paused_until)


def next_step_of(rules: Rules, clock: Clock) -> tuple[Step, bool]:
    """The next step of a clock and whether it recurs, by the policy it started with. KeyError if that is unknown."""
    policy = rules.policy(clock.policy_version)
    named = steps_of(policy, clock.name, clock.length)
    if clock.next_step <= len(named):
        return named[clock.next_step - 1], False
    return recurring_step(policy, clock.name, clock.length), True


def next_moment(rules: Rules, clock: Clock) -> datetime:
    """The moment of a clock's next step, or of its next round. Raises KeyError for an unknown policy."""
    step, recurs = next_step_of(rules, clock)
    if recurs:
        return moment_of_round(rules, clock, step, clock.round + 1)
    return moment_in(rules, clock, step.days)


def moment_in(rules: Rules, clock: Clock, days: float) -> datetime:
    """The moment so many days after the start of a clock, its pauses left out: the latest by its calendars."""
    calendars = map(rules.calendar_of, clock.counted_by)
    return max(moment_past(clock.unit, calendar, clock.started_at, days, clock.pauses) for calendar in calendars)


def moment_of_round(rules: Rules, clock: Clock, step: Step, round: int) -> datetime:
    """The moment of a round of a step that recurs, counted from the start, so that no delay ever shifts it."""
    days = step.days + round * rules.policy(clock.policy_version).recurrence.days(clock.unit)
    return moment_in(rules, clock, days)


def rounds_due(rules: Rules, clock: Clock, step: Step, now: datetime) -> tuple[int, datetime]:
    """The last round whose moment has come, at least the next one; and the moment of the round after it.

    That one is never further away than one interval from now, also after a late change of the limit.
    """
    round = clock.round + 1
    while (after := moment_of_round(rules, clock, step, round + 1)) <= now:
        round += 1
    interval = rules.policy(clock.policy_version).recurrence.days(clock.unit)
    return round, min(
        after, max(moment_of(clock.unit, rules.calendar_of(name), now, interval) for name in clock.counted_by)
    )


def require_near(clock: Clock, now: datetime) -> None:
    """Raises ValueError for a clock whose next step is too far away: it cannot be counted."""
    if clock.next_at is not None and clock.next_at > now + FURTHEST:
        raise ValueError(f"the next step would be at {clock.next_at}")


def outcome_of(due_at: datetime, stopped_at: datetime) -> Outcome:
    """A clock that stops exactly at its limit has met it."""
    return MET if stopped_at <= due_at else MISSED


def status_of(clock: Clock, now: datetime) -> str:
    """How a clock is shown: its outcome, or paused, running or overdue; some have no limit that anybody can miss."""
    if clock.paused_at is not None and clock.outcome is None:
        return PAUSED
    return clock.outcome or (OVERDUE if clock.due_at < now and clock.name not in WITHOUT_LIMIT else RUNNING)
