"""Clocks: a limit that runs for an agency, and what starting, stopping, moving and reclassifying it gives."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from services.sla.domain.complaints import Complaint
from services.sla.domain.policies import limit_of
from services.sla.domain.rules import Rules
from services.sla.domain.steps import Step, moment_of, recurring_step, steps_of
from shared.vocabulary import LIFE, OMBUDSMAN, ClockName

Outcome = Literal["met", "missed", "transferred", "answered"]
MET: Outcome = "met"
MISSED: Outcome = "missed"
TRANSFERRED: Outcome = "transferred"
ANSWERED: Outcome = "answered"  # The life clock ends by an act, and has no limit to meet.
RUNNING, OVERDUE = "running", "overdue"
Key = tuple[UUID, ClockName, int]
# The database refuses a step that is further away; no clock that can be counted comes near it.
FURTHEST = timedelta(days=120)


class ResponsibleAgency(Protocol):
    """The agency that must act within a limit, and the zone whose calendar counts."""

    @property
    def code(self) -> str: ...
    @property
    def zone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit that runs for one agency.

    `cycle` counts the turns of holders from 1; only follow-up clocks have more than one. `next_step` counts the steps
    from 1; after the last named step the same step recurs, and `round` counts how often it has. `next_at` is None only
    once the clock has stopped. `worked_days` are working days from start to stop.
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

    @property
    def key(self) -> Key:
        return self.complaint_id, self.name, self.cycle

    def runs_at(self, moment: datetime) -> bool:
        """Whether the clock runs at this moment as far as is known; a parked event may tell of an earlier end.

        No holder had a turn before the first: an act that seems to be earlier was timed by another machine's clock.
        """
        has_started = self.started_at <= moment or self.cycle == 1
        return has_started and (self.stopped_at is None or moment < self.stopped_at)


def started(
    rules: Rules, complaint: Complaint, name: ClockName, agency: ResponsibleAgency, since: datetime, cycle: int = 1
) -> Clock:
    """A clock that runs since this moment under that day's policy; an act that has already happened stops it."""
    policy = rules.policy_on(since.date())
    limit = limit_of(policy, name, complaint.known_class)
    calendar = rules.calendar_of(agency.zone)
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
    )
    acts = [act for act in complaint.acts_that_stop(name) if _comes_after(act, since, cycle)]
    return stopped(rules, clock, min(acts)) if acts else clock


def _comes_after(act: datetime, since: datetime, cycle: int) -> bool:
    """An act at the very moment of a transfer belongs to the previous holder; the first holder has none before it."""
    return act > since or cycle == 1


def stopped(rules: Rules, clock: Clock, at: datetime, outcome: Outcome | None = None) -> Clock:
    """The clock as stopped at this moment: met or missed unless an outcome is given, with the working days it ran."""
    worked = rules.calendar_of(clock.zone).working_days_between(clock.started_at, at)
    return replace(
        clock,
        next_at=None,
        stopped_at=at,
        outcome=ANSWERED if clock.name == LIFE else outcome or outcome_of(clock.due_at, at),
        worked_days=max(0.0, worked),
    )


def moved(rules: Rules, clock: Clock, agency: str, zone: str) -> Clock:
    """The same clock in the hands of another agency, by that agency's calendar."""
    if zone == clock.zone:
        return clock if agency == clock.agency else replace(clock, agency=agency)
    return recounted(rules, replace(clock, agency=agency, zone=zone))


def held_by(clock: Clock, verifier: str | None) -> Clock:
    """The clock of a whole complaint as its verifier's, who holds it until it is verified; any other as it is."""
    return replace(clock, agency=verifier) if verifier and clock.name in (LIFE, OMBUDSMAN) else clock


def reclassified(rules: Rules, complaint: Complaint, clock: Clock) -> Clock:
    """The same clock under the limit of its complaint's class, by the policy it started with. KeyError if unknown."""
    return _under(rules, complaint, clock, clock.started_at, clock.policy_version)


def restarted(rules: Rules, complaint: Complaint, clock: Clock, since: datetime) -> Clock:
    """The same clock as running since an earlier moment, under that day's policy; steps already taken stay taken."""
    version = rules.policy_on(since.date()).version
    return _under(rules, complaint, clock, since, version)


def _under(rules: Rules, complaint: Complaint, clock: Clock, since: datetime, version: int) -> Clock:
    """The same clock with this start and policy; it is counted again only if that changes anything."""
    limit = limit_of(rules.policy(version), clock.name, complaint.known_class)
    before = clock.started_at, clock.policy_version, clock.limit_days, clock.unit
    if before == (since, version, limit.days, limit.unit):
        return clock
    changed = replace(clock, started_at=since, policy_version=version, limit_days=limit.days, unit=limit.unit)
    return recounted(rules, changed)


def recounted(rules: Rules, clock: Clock) -> Clock:
    """The clock with the moments that follow from its start, limit and zone; steps that were taken stay taken."""
    next_at = clock.next_at
    if next_at is not None:
        # A longer limit may come late: what has begun to recur goes on as often as before.
        following = next_moment(rules, clock)
        next_at = min(next_at, following) if clock.round else following
    due_at = moment_of(clock.unit, rules.calendar_of(clock.zone), clock.started_at, clock.limit_days)
    clock = replace(clock, due_at=due_at, next_at=next_at)
    return stopped(rules, clock, clock.stopped_at) if clock.stopped_at else clock


def next_step_of(rules: Rules, clock: Clock) -> tuple[Step, bool]:
    """The next step of a clock and whether it recurs, by the policy it started with. KeyError if that is unknown."""
    policy = rules.policy(clock.policy_version)
    named = steps_of(policy, clock.name, clock.limit_days)
    if clock.next_step <= len(named):
        return named[clock.next_step - 1], False
    return recurring_step(policy, clock.name, clock.limit_days), True


def next_moment(rules: Rules, clock: Clock) -> datetime:
    """The moment of a clock's next step, or of its next round. Raises KeyError for an unknown policy."""
    step, recurs = next_step_of(rules, clock)
    if recurs:
        return moment_of_round(rules, clock, step, clock.round + 1)
    return moment_of(clock.unit, rules.calendar_of(clock.zone), clock.started_at, step.days)


def moment_of_round(rules: Rules, clock: Clock, step: Step, round: int) -> datetime:
    """The moment of a round of a step that recurs, counted from the start, so that no delay ever shifts it."""
    days = step.days + round * rules.policy(clock.policy_version).recurrence.days(clock.unit)
    return moment_of(clock.unit, rules.calendar_of(clock.zone), clock.started_at, days)


def rounds_due(rules: Rules, clock: Clock, step: Step, now: datetime) -> tuple[int, datetime]:
    """The last round whose moment has come, at least the next one; and the moment of the round after it.

    That one is never further away than one interval from now, also after a late change of the limit.
    """
    round = clock.round + 1
    while (after := moment_of_round(rules, clock, step, round + 1)) <= now:
        round += 1
    interval = rules.policy(clock.policy_version).recurrence.days(clock.unit)
    return round, min(after, moment_of(clock.unit, rules.calendar_of(clock.zone), now, interval))


def require_near(clock: Clock, now: datetime) -> None:
    """Raises ValueError for a clock whose next step is too far away: it cannot be counted."""
    if clock.next_at is not None and clock.next_at > now + FURTHEST:
        raise ValueError(f"the next step would be at {clock.next_at}")


def outcome_of(due_at: datetime, stopped_at: datetime) -> Outcome:
    """A clock that stops exactly at its limit has met it."""
    return MET if stopped_at <= due_at else MISSED


def status_of(clock: Clock, now: datetime) -> str:
    """How a clock is shown: its outcome, or running, or overdue; the life clock has no limit that anybody can miss."""
    return clock.outcome or (OVERDUE if clock.due_at < now and clock.name != LIFE else RUNNING)
