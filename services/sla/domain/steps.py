"""The steps of a clock: what happens after how many days, and at which moment that is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from services.sla.domain.policies import BY_VERSION, CALENDAR, POLICIES, Policy

NEAR, CLIMB, OFFER = "near", "climb", "offer"
RUNNING, OVERDUE, MET, MISSED, TRANSFERRED = "running", "overdue", "met", "missed", "transferred"


class Days(Protocol):
    """A calendar, as far as a clock needs it."""

    def due_at(self, since: datetime, days: float) -> datetime: ...


# Compared by identity: the steps of a limit are made once, and are keys where speed counts.
@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of a clock, `days` after its start.

    `number` counts all steps from 1. `percent` and `roles` are those of a reminder; `escalation` counts the climbs
    from 1, of which the first also declares the limit missed.
    """

    number: int
    kind: str
    days: float
    percent: int = 0
    escalation: int = 0
    roles: tuple[str, ...] = ()


def steps(limit: float, policy: Policy = POLICIES[-1]) -> tuple[Step, ...]:
    """The ladder of a clock with this limit in working days, in order of time."""
    near = [
        Step(number, NEAR, limit * percent / 100, percent, roles=roles)
        for number, (percent, roles) in enumerate(policy.reminders, start=1)
    ]
    climb = [
        Step(len(near) + nth, CLIMB, limit + days, escalation=nth) for nth, days in enumerate(policy.climbs, start=1)
    ]
    return (*near, *climb)


@cache
def steps_of(version: int, clock: str, limit: float) -> tuple[Step, ...]:
    """The steps of a clock under a version of the policy; the ombudsman's has one, the offer. KeyError if unknown."""
    return (Step(1, OFFER, limit),) if clock == "ombudsman" else steps(limit, BY_VERSION[version])


def moment_of(unit: str, calendar: Days, since: datetime, days: float) -> datetime:
    """The moment `days` after `since`: of working days the end of the day, of calendar days the same hour."""
    return since + timedelta(days=days) if unit == CALENDAR else calendar.due_at(since, days)


def outcome_of(due_at: datetime, stopped_at: datetime) -> str:
    """A clock stopped at its very limit has met it."""
    return MET if stopped_at <= due_at else MISSED


def state_of(due_at: datetime, outcome: str | None, now: datetime) -> str:
    """What a clock is to be called: its outcome, or running, or overdue."""
    return outcome or (OVERDUE if due_at < now else RUNNING)
