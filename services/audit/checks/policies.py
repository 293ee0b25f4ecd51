"""The policies as the auditor knows them: the seed written down a second time, the others as sla's table has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.audit.databases import Databases

CALENDAR, WORKING, HOURS, WORKING_HOURS = "calendar", "working", "hours", "working_hours"
SEED = 1
PUBLISHED = """
SELECT version, limits, jsonb_array_length(reminders) AS reminders, climbs, every_working_days, every_calendar_days,
       every_hours, every_working_hours
  FROM policies WHERE version <> 1
"""


class Limit(NamedTuple):
    """A limit in days, or in hours of such a unit; without a class or a kind it holds for each."""

    clock: str
    known_class: str | None
    kind: str | None
    days: int
    unit: str
    extension: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What the auditor counts a clock by: limits, the number of reminders, climbs, and the days between two rounds."""

    limits: Sequence[Limit]
    reminders: int
    climbs: Sequence[int]
    rounds: Mapping[str, int]

    def limit(self, clock: str, known_class: str, kind: str) -> Limit | None:
        """The most specific limit; an unknown class has that of an ordinary complaint."""
        of_clock = [limit for limit in self.limits if limit.clock == clock and limit.kind in (None, kind)]
        exact = [limit for limit in of_clock if limit.known_class in (None, known_class)]
        ordinary = [limit for limit in of_clock if limit.known_class == "complaint"]
        return max(exact or ordinary, key=lambda limit: (bool(limit.known_class), bool(limit.kind)), default=None)


# PermenPANRB 62/2018, version 1 of the policies.
PERMEN = Policy(
    limits=(
        Limit("life", None, None, 1, WORKING),
        Limit("verification", None, None, 3, WORKING),
        Limit("follow_up", None, None, 5, WORKING),
        Limit("resolution", "information", None, 5, WORKING, 2),
        Limit("resolution", "aspiration", None, 5, WORKING, 2),
        Limit("resolution", "complaint", None, 14, WORKING, 7),
        Limit("resolution", "supervisory", None, 60, WORKING, 30),
        Limit("ombudsman", None, None, 60, CALENDAR),
        Limit("hold", None, None, 30, CALENDAR),
        Limit("merger", None, None, 90, CALENDAR),
        Limit("approval", None, None, 2, WORKING),
        Limit("promise", None, None, 60, WORKING),
        Limit("window", None, None, 10, WORKING),
        Limit("contact", None, None, 3, WORKING),
        Limit("appeal", None, None, 10, WORKING),
        Limit("referral", None, None, 5, WORKING),
        Limit("alarm", None, None, 6, HOURS),
        Limit("contest", None, None, 3, WORKING),
        Limit("acknowledgement", None, None, 2, WORKING),
        Limit("contribution", None, None, 60, WORKING),
    ),
    reminders=2,
    climbs=(0, 5, 10),
    rounds={WORKING: 5, CALENDAR: 7, HOURS: 24, WORKING_HOURS: 8},
)


@dataclass(frozen=True, slots=True)
class Published:
    """A row of sla's table."""

    version: int
    limits: Sequence[Mapping[str, Any]]
    reminders: int
    climbs: Sequence[int]
    every_working_days: int
    every_calendar_days: int
    every_hours: int
    every_working_hours: int

    @property
    def policy(self) -> Policy:
        names = "clock", "classification", "kind", "days", "unit", "extension"
        limits = [Limit(*(limit.get(name, 0) for name in names)) for limit in self.limits]
        rounds = {WORKING: self.every_working_days, CALENDAR: self.every_calendar_days, HOURS: self.every_hours}
        rounds |= {WORKING_HOURS: self.every_working_hours}
        return Policy(limits, self.reminders, self.climbs, rounds)


async def known_policies(databases: Databases) -> Mapping[int, Policy]:
    """The policies by version."""
    published = await databases["sla"].records(Published, PUBLISHED)
    return {SEED: PERMEN} | {each.version: each.policy for each in published}
