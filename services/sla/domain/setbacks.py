"""A clock after a time that had not come: as far as it had gone before."""

from dataclasses import replace
from datetime import datetime

from services.sla.domain.clocks import Clock, next_moment, next_step_of, require_near, rounds_due, waiting
from services.sla.domain.rules import Rules


def set_back(rules: Rules, clock: Clock, step: int, now: datetime) -> Clock:
    """The clock with `step` as the last that was taken; one that cannot be counted is due at once.

    A round that was due by now may have been said before the setback. It counts as said: none is said twice.
    """
    before = replace(clock, next_step=step + 1, round=0)
    try:
        after = waiting(_counted(rules, before, now))
        require_near(after, now)
        return after
    except Exception:
        return replace(before, next_at=now)


def _counted(rules: Rules, before: Clock, now: datetime) -> Clock:
    first = next_moment(rules, before)
    step_due, recurs = next_step_of(rules, before)
    if not recurs or first > now:
        return replace(before, next_at=first)
    round, next_at = rounds_due(rules, before, step_due, min(now, before.paused_at or now))
    return replace(before, round=round, next_at=next_at)
