"""Acceptances: why a new policy is refused, in itself or because it is laxer than one above it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, get_args

from services.sla.domain.directory import Directory
from services.sla.domain.policies import CALENDAR, HOURS, UNITS, WORKING, WORKING_HOURS, Limit, Policy, limit_of
from services.sla.domain.rules import Rules
from services.sla.domain.situations import lies_in, place_of, situation_at, terms_in
from services.sla.domain.stops import DATED
from services.sla.domain.terms import Laxity, Terms, laxer
from shared.vocabulary import ALARM, CLIMB_NAMES, LIFE, OMBUDSMAN, VERIFICATION, Classification, Kind

# Every replica has seen a policy before a clock can start by it.
NOTICE = timedelta(minutes=1)
# The database refuses a step that is more than 150 days away, and 60 working days of an agency are 145 at most.
FURTHEST = {WORKING: 60, CALENDAR: 100, HOURS: 720, WORKING_HOURS: 240}
CLIMBS = len(CLIMB_NAMES) - 1


class Reason(StrEnum):
    """Why a policy is refused."""

    UNCOUNTABLE_UNIT = "uncountable_unit"
    NOT_KNOWN_YET = "not_known_yet"
    TOO_SOON = "too_soon"
    TWO_PLACES = "two_places"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_REGION = "unknown_region"
    REPEATED_LIMIT = "repeated_limit"
    INCOMPLETE_LADDER = "incomplete_ladder"
    UNORDERED_REMINDERS = "unordered_reminders"
    TOO_FAR = "too_far"
    OTHER_UNIT = "other_unit"
    LONGER = "longer"
    SHORTER = "shorter"
    LATER_REMINDER = "later_reminder"
    LATER_CLIMB = "later_climb"
    RARER = "rarer"


OF_LAXITY = {
    Laxity.UNIT: Reason.OTHER_UNIT,
    Laxity.LENGTH: Reason.LONGER,
    Laxity.SHORTNESS: Reason.SHORTER,
    Laxity.REMINDER: Reason.LATER_REMINDER,
    Laxity.CLIMB: Reason.LATER_CLIMB,
    Laxity.RECURRENCE: Reason.RARER,
}


class Problem(NamedTuple):
    """Why a policy is refused, with the figures."""

    reason: Reason
    detail: str | None = None


def problem_of(rules: Rules, directory: Directory, policy: Policy, now: datetime) -> Problem | None:
    """The first problem of a new policy beside these, or None."""
    checks: Sequence[Callable[[], Iterator[Problem]]] = (
        lambda: _unsound(policy, now),
        lambda: _nowhere(directory, policy),
        lambda: _laxer(rules, directory, policy),
    )
    return next((problem for check in checks for problem in check()), None)


def _unsound(policy: Policy, now: datetime) -> Iterator[Problem]:
    yield from (Problem(Reason.UNCOUNTABLE_UNIT, limit.unit) for limit in policy.limits if not _is_counted(limit))
    yield from (Problem(Reason.NOT_KNOWN_YET, limit.clock) for limit in policy.limits if _asks_too_early(policy, limit))
    if policy.effective_at < now + NOTICE:
        yield Problem(Reason.TOO_SOON)
    if policy.agency and policy.region:
        yield Problem(Reason.TWO_PLACES)
    keys = [(limit.clock, limit.classification, limit.kind) for limit in policy.limits]
    if len({*keys}) < len(keys):
        yield Problem(Reason.REPEATED_LIMIT)
    if len(policy.climbs) != CLIMBS or policy.climbs[0] != 0 or not _rises(policy.climbs):
        yield Problem(Reason.INCOMPLETE_LADDER)
    if not _rises([reminder.percent for reminder in policy.reminders]):
        yield Problem(Reason.UNORDERED_REMINDERS)
    yield from (Problem(Reason.TOO_FAR, limit.clock) for limit in policy.limits if _is_far(policy, limit))


def _is_counted(limit: Limit) -> bool:
    """Whether a clock can count this unit; a promise or a contribution ends with a day, an alarm by night."""
    only = {ALARM: (HOURS,), **dict.fromkeys(DATED, (WORKING,))}
    return limit.unit in only.get(limit.clock, UNITS)


def _asks_too_early(policy: Policy, limit: Limit) -> bool:
    """Whether a limit asks for what is not known when its clock begins, so that it would never count.

    The life clock begins when nobody has spoken of the complaint, others with its routing, before it is classified.
    """
    if limit.clock == LIFE:
        return policy.is_local or policy.tier is not None or any(limit.specificity)
    return limit.clock in (VERIFICATION, OMBUDSMAN) and limit.classification is not None


def _rises(values: Sequence[int]) -> bool:
    return all(before < after for before, after in pairwise(values))


def _is_far(policy: Policy, limit: Limit) -> bool:
    ways = [limit.days, policy.recurrence.days(limit.unit), *(b - a for a, b in pairwise(policy.climbs))]
    return max(ways) > FURTHEST[limit.unit]


def _nowhere(directory: Directory, policy: Policy) -> Iterator[Problem]:
    if policy.agency is not None and not covered(directory, policy):
        yield Problem(Reason.UNKNOWN_AGENCY, policy.agency)
    if policy.region is not None and not covered(directory, policy):
        yield Problem(Reason.UNKNOWN_REGION, policy.region)


def covered(directory: Directory, policy: Policy) -> Sequence[str]:
    """The agencies at which a policy holds, by their codes; one that has departed has none below it."""
    if policy.agency is not None:
        return [code for code in directory.agencies if policy.agency in _chain(directory, code)]
    agencies = directory.agencies.values()
    return [one.code for one in agencies if policy.region is None or lies_in(one.region, policy.region)]


def _chain(directory: Directory, code: str) -> Sequence[str]:
    return [code, *(one.code for one in directory.chain_of(code))]


def _laxer(rules: Rules, directory: Directory, policy: Policy) -> Iterator[Problem]:
    """Where a local policy is laxer than what holds around it, at the moment when it takes effect."""
    if policy.is_local:
        in_force = rules.in_force(policy.effective_at)
        for code in covered(directory, policy):
            yield from _laxer_at(in_force, directory, policy, code)


def _laxer_at(in_force: Sequence[Policy], directory: Directory, policy: Policy, code: str) -> Iterator[Problem]:
    for clock in {limit.clock: None for limit in policy.limits}:
        for classification in get_args(Classification):
            for kind in get_args(Kind):
                where = situation_at(directory, clock, classification, kind, code)
                place, limit = place_of(policy, where), limit_of(policy, clock, classification, kind)
                if place is None or limit is None:
                    continue
                above = terms_in(in_force, where, outside=place)
                if found := laxer(Terms(policy, limit), above):
                    detail = f"{clock}, {classification}, {code}: {found.ours} > {found.theirs}"
                    yield Problem(OF_LAXITY[found.way], f"{detail} (policy {above.policy.version})")
