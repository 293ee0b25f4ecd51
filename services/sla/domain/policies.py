"""The limits and the ladder as data with a version and an effective date; a clock keeps the version it started with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

WORKING, CALENDAR = "working", "calendar"
Reminders = tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock may run, in working days of the responsible agency or in calendar days."""

    clock: str
    classification: str | None
    days: int
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits in force from `effective_on`.

    `reminders` are percentages of a limit, each with the roles it tells; `climbs` are the working days after the limit
    at which a complaint climbs to the leader of the responsible agency, of the one above it, and of the one above that.
    """

    version: int
    effective_on: date
    source: str
    limits: tuple[Limit, ...]
    reminders: Reminders
    climbs: tuple[int, ...]


PERMEN = "PermenPANRB 62/2018"

# PermenPANRB 5/2025 replaced 62/2018; once its limits are known they become version 2, and running clocks keep theirs.
POLICIES: tuple[Policy, ...] = (
    Policy(
        version=1,
        effective_on=date(2019, 1, 1),
        source=PERMEN,
        limits=(
            Limit("verification", None, 3, WORKING, PERMEN),
            Limit("follow_up", None, 5, WORKING, PERMEN),
            Limit("resolution", "information", 5, WORKING, PERMEN),
            Limit("resolution", "aspiration", 5, WORKING, PERMEN),
            Limit("resolution", "complaint", 14, WORKING, PERMEN),
            Limit("resolution", "supervisory", 60, WORKING, PERMEN),
            Limit("ombudsman", None, 60, CALENDAR, PERMEN),
        ),
        reminders=((50, ("liaison",)), (80, ("liaison", "coordinator"))),
        climbs=(0, 5, 10),
    ),
)
BY_VERSION: Mapping[int, Policy] = {policy.version: policy for policy in POLICIES}


def policy_on(day: date, policies: tuple[Policy, ...] = POLICIES) -> Policy:
    """The newest policy in force on this day; before the first one, the first."""
    in_force = [policy for policy in policies if policy.effective_on <= day]
    return max(in_force or policies[:1], key=lambda policy: policy.effective_on)


def limit_of(policy: Policy, clock: str, classification: str) -> Limit:
    """The limit of a clock; an unheard-of classification is held to the limit of an ordinary complaint."""
    of_clock = [limit for limit in policy.limits if limit.clock == clock]
    exact = [limit for limit in of_clock if limit.classification in (None, classification)]
    return (exact or [limit for limit in of_clock if limit.classification == "complaint"])[0]
