"""Terms: what a clock is counted by, a policy and one limit of it; and where one pair is laxer than another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from services.sla.domain.limits import OF_REPORTER
from services.sla.domain.policies import Limit, Policy, Reminder


class Terms(NamedTuple):
    """A policy, and the limit in it that holds for a clock."""

    policy: Policy
    limit: Limit


class Laxity(StrEnum):
    """In which way terms are laxer than others."""

    UNIT = "unit"
    LENGTH = "length"
    SHORTNESS = "shortness"
    REMINDER = "reminder"
    CLIMB = "climb"
    RECURRENCE = "recurrence"


class Laxer(NamedTuple):
    """In which way terms are laxer, with the two figures in days, or `never`; for units, their names."""

    way: Laxity
    ours: object
    theirs: object


def laxer(ours: Terms, theirs: Terms) -> Laxer | None:
    """The first way in which our terms are laxer than theirs; None if no limit and no step is later or missing.

    Nor may it be earlier, where the time is the reporter's. No step is later either once the limit is extended.
    """
    if ours.limit.unit != theirs.limit.unit:
        return Laxer(Laxity.UNIT, ours.limit.unit, theirs.limit.unit)
    if ours.limit.days > theirs.limit.days:
        return Laxer(Laxity.LENGTH, ours.limit.days, theirs.limit.days)
    if ours.limit.days < theirs.limit.days and ours.limit.clock in OF_REPORTER:
        return Laxer(Laxity.SHORTNESS, ours.limit.days, theirs.limit.days)
    longest, theirs_longest = _extended(ours), _extended(theirs)
    if longest.limit.days > theirs_longest.limit.days:
        return Laxer(Laxity.LENGTH, longest.limit.days, theirs_longest.limit.days)
    return next(chain(_later_steps(ours, theirs), _later_steps(longest, theirs_longest)), None)


def _extended(terms: Terms) -> Terms:
    """The terms with the longest that the limit may be."""
    days = terms.limit.days + terms.limit.extension
    return Terms(terms.policy, replace(terms.limit, days=days, extension=0))


def _later_steps(ours: Terms, theirs: Terms) -> Iterator[Laxer]:
    yield from _later_reminders(ours, theirs)
    climbs = _climbs(ours)
    for number, day in enumerate(_climbs(theirs)):
        if number >= len(climbs) or climbs[number] > day:
            yield Laxer(Laxity.CLIMB, climbs[number] if number < len(climbs) else "never", day)
    unit = ours.limit.unit
    if (interval := ours.policy.recurrence.days(unit)) > (other := theirs.policy.recurrence.days(unit)):
        yield Laxer(Laxity.RECURRENCE, interval, other)


def _later_reminders(ours: Terms, theirs: Terms) -> Iterator[Laxer]:
    """Each of their reminders, from the last to the first, needs one of ours that is no later and tells as many."""
    left = list(ours.policy.reminders)
    for needed in reversed(theirs.policy.reminders):
        day = _day(theirs, needed)
        found = [one for one in left if _day(ours, one) <= day and {*needed.roles} <= {*one.roles}]
        if not found:
            yield Laxer(Laxity.REMINDER, "never", day)
            return
        left.remove(found[-1])


def _day(terms: Terms, reminder: Reminder) -> float:
    return terms.limit.days * reminder.percent / 100


def _climbs(terms: Terms) -> Sequence[int]:
    return [terms.limit.days + days for days in terms.policy.climbs]
