"""The limits and the ladder as data with a version and an effective date; a clock keeps the version it started with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.vocabulary import (
    COORDINATOR,
    FOLLOW_UP,
    LIAISON,
    LIFE,
    OMBUDSMAN,
    RESOLUTION,
    VERIFICATION,
    ClockName,
    Role,
)

WORKING, CALENDAR = "working", "calendar"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock may run, in working days of the responsible agency or in calendar days."""

    clock: ClockName
    classification: str | None
    days: int
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """A percentage of a limit, and the roles that are reminded then."""

    percent: int
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """After its last step a limit climbs again and again, each time after so many days of its own unit."""

    working_days: int
    calendar_days: int

    def days(self, unit: str) -> int:
        return self.calendar_days if unit == CALENDAR else self.working_days


# Compared by identity: each policy is made once, and is a key where speed counts.
@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The limits in force from `effective_on`.

    `climbs` are the working days after a limit at which a complaint climbs to the leader of the responsible agency, of
    the agency above it, and of the one above that. After the last of them it recurs to the top seats until it ends.
    """

    version: int
    effective_on: date
    source: str
    limits: tuple[Limit, ...]
    reminders: tuple[Reminder, ...]
    climbs: tuple[int, ...]
    recurrence: Recurrence


PERMEN = "PermenPANRB 62/2018"
OWN = "Tanggap"  # No regulation says how soon somebody must take a complaint up.

# PermenPANRB 5/2025 replaced 62/2018; once its limits are known they become version 2, and running clocks keep theirs.
POLICIES: tuple[Policy, ...] = (
    Policy(
        version=1,
        effective_on=date(2019, 1, 1),
        source=PERMEN,
        limits=(
            Limit(LIFE, None, 1, WORKING, OWN),
            Limit(VERIFICATION, None, 3, WORKING, PERMEN),
            Limit(FOLLOW_UP, None, 5, WORKING, PERMEN),
            Limit(RESOLUTION, "information", 5, WORKING, PERMEN),
            Limit(RESOLUTION, "aspiration", 5, WORKING, PERMEN),
            Limit(RESOLUTION, "complaint", 14, WORKING, PERMEN),
            Limit(RESOLUTION, "supervisory", 60, WORKING, PERMEN),
            Limit(OMBUDSMAN, None, 60, CALENDAR, PERMEN),
        ),
        reminders=(Reminder(50, (LIAISON,)), Reminder(80, (LIAISON, COORDINATOR))),
        climbs=(0, 5, 10),
        recurrence=Recurrence(working_days=5, calendar_days=7),
    ),
)


def policy_on(day: date, policies: Sequence[Policy]) -> Policy:
    """The newest policy in force on this day; before the first one, the first."""
    in_force = [policy for policy in policies if policy.effective_on <= day]
    return max(in_force or policies[:1], key=lambda policy: policy.effective_on)


def limit_of(policy: Policy, clock: ClockName, classification: str) -> Limit:
    """The limit of a clock; an unknown classification has the limit of an ordinary complaint."""
    of_clock = [limit for limit in policy.limits if limit.clock == clock]
    exact = [limit for limit in of_clock if limit.classification in (None, classification)]
    return (exact or [limit for limit in of_clock if limit.classification == "complaint"])[0]
