"""Pauses: during a hold or a merger, the limits of the handling stand still and keep the time that they have left."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.sla.domain.clocks import Clock, next_moment, recounted
from services.sla.domain.rules import Rules
from services.sla.domain.spans import Span
from shared.lifecycle.clocks import PAUSABLE, PAUSED_BY

# routing ends a hold or a merger at its limit. Should it not, the pause ends all the same, a day later.
GRACE = timedelta(days=1)


def with_pauses(rules: Rules, clocks: Sequence[Clock]) -> list[Clock]:
    """These clocks of one complaint, the limits of the handling with the pauses of its holds and mergers."""
    holds = sorted((clock for clock in clocks if clock.name in PAUSED_BY), key=lambda clock: clock.started_at)
    return [_with_pauses(rules, clock, holds) if clock.name in PAUSABLE else clock for clock in clocks]


def gone_on(rules: Rules, clock: Clock) -> Clock:
    """A paused clock that nobody has resumed by the end of its pause."""
    return replace(clock, paused_at=None, paused_until=None, next_at=next_moment(rules, clock))


def _with_pauses(rules: Rules, clock: Clock, holds: Sequence[Clock]) -> Clock:
    holds = [hold for hold in holds if clock.name in PAUSED_BY[hold.name]]
    spans = tuple(_spans(clock, holds))
    is_paused = clock.stopped_at is None and bool(spans) and holds[-1].stopped_at is None
    paused_at, paused_until = spans[-1] if is_paused else (None, None)
    pauses = tuple(moment for span in spans for moment in span)
    if (clock.pauses, clock.paused_at) == (pauses, paused_at):
        return clock
    changed = replace(clock, pauses=pauses, paused_at=paused_at, paused_until=paused_until)
    if clock.stopped_at is None:
        # A step that recurs goes on from the moment that the pauses give it, whenever it was due before.
        changed = replace(changed, next_at=next_moment(rules, changed))
    return recounted(rules, changed)


def _spans(clock: Clock, holds: Iterable[Clock]) -> Iterator[Span]:
    """The pauses of a clock: each hold that began before the clock stopped, and ended after it had started."""
    for hold in holds:
        start, end = hold.started_at, _end_of(hold)
        if end > clock.started_at and (clock.stopped_at is None or start < clock.stopped_at):
            yield start, end


def _end_of(hold: Clock) -> datetime:
    last = hold.due_at + GRACE
    return min(hold.stopped_at, last) if hold.stopped_at else last
