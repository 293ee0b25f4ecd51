"""The rules by which clocks are counted: the policies, where they hold, and the calendar of each zone."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.sla.domain.directory import Directory
from services.sla.domain.policies import Policy
from services.sla.domain.situations import situation_at, terms_in
from services.sla.domain.steps import Days
from services.sla.domain.terms import Terms
from shared.calendar import ZONES
from shared.vocabulary import ClockName


class Classified(Protocol):
    """A complaint, as far as its limits depend on it."""

    @property
    def kind(self) -> str: ...
    @property
    def known_class(self) -> str: ...


def name_of_calendar(zone: str, schedule: str = "") -> str:
    """The name of a calendar: its zone by the IANA, and the schedule of an agency that has one of its own."""
    named = ZONES.get(zone, zone)
    return f"{named}|{schedule}" if schedule else named


def zone_and_schedule(name: str) -> tuple[str, str]:
    """The two parts of such a name."""
    zone, _, schedule = name.partition("|")
    return zone, schedule


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies, and the calendar of each name; an unknown zone has the capital's calendar.

    `schedules` are those of the agencies that have one of their own. Of the versions in `unreadable` nothing is known.
    The directory is needed only by policies that are `placed`: they hold for a tier, an agency or a region.
    """

    policies: Sequence[Policy]
    calendar_of: Callable[[str], Days]
    directory: Directory | None = None
    schedules: Mapping[str, str] = field(default_factory=dict)
    unreadable: frozenset[int] = frozenset()
    _by_version: dict[int, Policy] = field(init=False, repr=False, compare=False)
    _by_effect: list[Policy] = field(init=False, repr=False, compare=False)
    # Some thousands of situations at most, each worked out once.
    _terms: dict[tuple[object, ...], Terms] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_version", {policy.version: policy for policy in self.policies})
        ordered = sorted(self.policies, key=lambda policy: (policy.effective_on, policy.version))
        object.__setattr__(self, "_by_effect", ordered)

    @property
    def newest(self) -> int:
        """The highest version that was published, or 0."""
        return max((*self._by_version, *self.unreadable), default=0)

    @property
    def are_placed(self) -> bool:
        return any(policy.is_local or policy.tier for policy in self.policies)

    def calendar_name(self, agency: str, zone: str) -> str:
        """The name of the calendar by which an agency of this zone works."""
        return name_of_calendar(zone, self.schedules.get(agency, ""))

    def policy(self, version: int) -> Policy:
        """The policy of this version. Raises KeyError."""
        return self._by_version[version]

    def in_force(self, at: datetime) -> Sequence[Policy]:
        """The policies in force at this moment, by their day of effect; before the first one, the first."""
        until = bisect_right(self._by_effect, at, key=lambda policy: policy.effective_at)
        return self._by_effect[: max(1, until)]

    def terms(self, clock: ClockName, complaint: Classified, agency: str, at: datetime) -> Terms:
        """The terms of a clock that begins at this moment for this agency. Raises KeyError if there are none."""
        policies = self.in_force(at)
        key = len(policies), clock, complaint.known_class, complaint.kind, agency
        if key not in self._terms:
            where = situation_at(self.directory, clock, complaint.known_class, complaint.kind, agency)
            self._terms[key] = terms_in(policies, where)
        return self._terms[key]
