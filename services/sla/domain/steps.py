"""The steps of a clock: what happens after how many days, and at which moment that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Literal, Protocol

from services.sla.domain.policies import CALENDAR, HOURS, WORKING_HOURS, Policy
from shared.vocabulary import HOLD, LIFE, MERGER, OMBUDSMAN, WINDOW, ClockName, Role

StepKind = Literal["near", "climb", "offer", "watch", "lapse", "halfway", "over"]
NEAR: StepKind = "near"
CLIMB: StepKind = "climb"
OFFER: StepKind = "offer"
# A look whether any limit of the handling runs; the complaint climbs only if none does.
WATCH: StepKind = "watch"
# The end of a hold, whose reporter has not answered, or of a merger without an answer.
LAPSE: StepKind = "lapse"
# The reporter is reminded in the middle of the window, and after its end routing closes the complaint.
HALFWAY: StepKind = "halfway"
OVER: StepKind = "over"
HALF = 50


class Days(Protocol):
    """A calendar, as far as a clock needs it."""

    def due_at(self, since: datetime, days: float) -> datetime: ...
    def add_working_days(self, since: datetime, days: float) -> datetime: ...
    def working_days_between(self, start: datetime, end: datetime) -> float: ...
    def add_working_hours(self, since: datetime, hours: float) -> datetime: ...
    def working_hours_between(self, start: datetime, end: datetime) -> float: ...
    def is_provisional(self, since: datetime, due: datetime) -> bool: ...
    def is_decreed(self, year: int) -> bool: ...


# Compared by identity: the steps of a limit are made once, and are keys where speed counts.
@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of a clock, `days` after its start.

    `number` counts all steps from 1. `percent` and `roles` are those of a reminder; `escalation` counts the climbs
    from 1, of which the first also declares the limit missed. A climb that is `raised` was a lower one by its policy.
    """

    number: int
    kind: StepKind
    days: float
    percent: int = 0
    escalation: int = 0
    roles: tuple[Role, ...] = ()
    raised: int = 0

    @property
    def declares(self) -> bool:
        """Whether it is the first climb of its limit."""
        return self.kind == CLIMB and (self.raised or self.escalation) == 1


@cache
def steps_of(policy: Policy, clock: ClockName, limit: float) -> tuple[Step, ...]:
    """The named steps of a clock with this limit in days, in order of time.

    The ombudsman's clock has one, the offer, and the life clock has one, the first look. A hold reminds the reporter
    when half of it has passed, and then lapses; so does the window after an answer. A
    merger lapses without a reminder.
    """
    if clock == OMBUDSMAN:
        return (Step(1, OFFER, limit),)
    if clock == LIFE:
        return (Step(1, WATCH, limit, escalation=len(policy.climbs)),)
    if clock == HOLD:
        return Step(1, NEAR, limit * HALF / 100, HALF), Step(2, LAPSE, limit)
    if clock == MERGER:
        return (Step(1, LAPSE, limit),)
    if clock == WINDOW:
        return Step(1, HALFWAY, limit * HALF / 100, HALF), Step(2, OVER, limit)
    near = [
        Step(number, NEAR, limit * reminder.percent / 100, reminder.percent, roles=reminder.roles)
        for number, reminder in enumerate(policy.reminders, start=1)
    ]
    climb = [
        Step(len(near) + nth, CLIMB, limit + days, escalation=nth) for nth, days in enumerate(policy.climbs, start=1)
    ]
    return (*near, *climb)


RECURRING: Mapping[ClockName, StepKind] = {LIFE: WATCH, HOLD: LAPSE, MERGER: LAPSE, WINDOW: OVER}


@cache
def recurring_step(policy: Policy, clock: ClockName, limit: float) -> Step:
    """The step after the last named one, which recurs in rounds, to the recipients of the last climb."""
    last = steps_of(policy, clock, limit)[-1]
    kind = RECURRING.get(clock, CLIMB)
    escalation = len(policy.climbs) if kind in (CLIMB, WATCH) else 0
    return Step(last.number + 1, kind, last.days, escalation=escalation)


@cache
def raised(step: Step, floor: int) -> Step:
    """A climb that is no lower than the floor; any other step as it is."""
    if step.kind != CLIMB or step.escalation >= floor:
        return step
    return replace(step, escalation=floor, raised=step.escalation)


def moment_of(unit: str, calendar: Days, since: datetime, days: float) -> datetime:
    """The moment `days` after `since`: of working days the end of the day, of calendar days the same hour.

    In a unit of hours, `days` are hours.
    """
    if unit == HOURS:
        return since + timedelta(hours=days)
    if unit == WORKING_HOURS:
        return calendar.add_working_hours(since, days)
    return since + timedelta(days=days) if unit == CALENDAR else calendar.due_at(since, days)
