"""Re-clocking: open clocks under a newer policy, and what that would change, before anybody orders it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.clocks import Clock, require_near, under
from services.sla.domain.rules import Classified, Rules
from services.sla.domain.steps import steps_of
from services.sla.domain.terms import Terms
from shared.vocabulary import ClockName


class Unmovable(ValueError):
    """A clock has taken steps that the other policy counts otherwise: somebody would be told twice, or not at all."""


@dataclass(frozen=True, slots=True)
class OpenClocks:
    """Open clocks that are alike, and how many they are; `have_steps` tells that they have taken a step."""

    agency: str
    name: ClockName
    known_class: str
    kind: str
    policy_version: int
    limit_days: int
    unit: str
    have_steps: bool
    clocks: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a re-clocking changes: clocks by agency, the most days by which a limit moves, by unit, and what is kept.

    Days are negative where a limit would come earlier. Clocks are kept whose steps the policy counts otherwise.
    """

    agencies: Mapping[str, int]
    most_days: Mapping[str, int]
    kept: int

    @property
    def clocks(self) -> int:
        return sum(self.agencies.values())


def terms_under(rules: Rules, version: int, complaint: Classified, clock: Clock, at: datetime) -> Terms | None:
    """The terms of this version, if they hold for an open clock at this moment and it does not have them yet."""
    terms = rules.terms(clock.name, complaint, clock.agency, at)
    return terms if terms.policy.version == version != clock.policy_version else None


def reclocked(rules: Rules, clock: Clock, terms: Terms, now: datetime) -> Clock:
    """The clock under these terms, counted from its start; steps that were taken stay taken.

    Raises Unmovable, and KeyError or ValueError for a clock that cannot be counted.
    """
    if clock.next_step > 1 and _counts_otherwise(rules, terms, clock.name, clock.policy_version, clock.limit_days):
        raise Unmovable(clock.key)
    moved = under(rules, clock, terms, clock.started_at)
    require_near(moved, now)
    return moved


def _counts_otherwise(rules: Rules, terms: Terms, name: ClockName, version: int, limit_days: int) -> bool:
    known = steps_of(rules.policy(version), name, limit_days)
    return len(known) != len(steps_of(terms.policy, name, terms.limit.days))


def effect_of(rules: Rules, version: int, groups: Iterable[OpenClocks], at: datetime) -> Effect:
    """What putting these open clocks under this version would change, if they were re-clocked at this moment."""
    agencies: Counter[str] = Counter()
    moves: dict[str, list[int]] = {}
    kept = 0
    for group in groups:
        terms = rules.terms(group.name, group, group.agency, at)
        if terms.policy.version != version or group.policy_version == version:
            continue
        if group.have_steps and _is_kept(rules, terms, group):
            kept += group.clocks
            continue
        agencies[group.agency] += group.clocks
        moves.setdefault(terms.limit.unit, []).append(terms.limit.days - group.limit_days)
    return Effect(agencies, {unit: _furthest(days) for unit, days in moves.items()}, kept)


def _is_kept(rules: Rules, terms: Terms, group: OpenClocks) -> bool:
    try:
        return _counts_otherwise(rules, terms, group.name, group.policy_version, group.limit_days)
    except KeyError:
        return True


def _furthest(days: Sequence[int]) -> int:
    return max(days, key=abs)
