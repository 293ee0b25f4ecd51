"""Holders: a clock in the hands of another agency, and whose calendars count it, so that it ends no earlier by that."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count

from services.sla.domain.clocks import Clock, ResponsibleAgency, moment_in, recounted
from services.sla.domain.indicators import time_zone
from services.sla.domain.rules import Rules, name_of_calendar, zone_and_schedule
from services.sla.domain.stops import DATED
from shared.calendar import ZONES
from shared.clock import TICK
from shared.vocabulary import ALARM, LIFE, OMBUDSMAN

# Nobody can miss the one, and the others run round the clock: whoever has them counts them.
WITH_HOLDER = frozenset({LIFE, OMBUDSMAN, ALARM})


def moved(rules: Rules, clock: Clock, agency: str, zone: str) -> Clock:
    """The same clock in the hands of another agency, whose calendar counts it as well."""
    if (agency, zone) == (clock.agency, clock.zone):
        return clock
    own = rules.calendar_name(agency, zone)
    names = {own} if clock.name in WITH_HOLDER else {own, *clock.counted_by}
    return _counted_by(rules, clock, agency, zone, names)


def counted_also(rules: Rules, clock: Clock, agency: ResponsibleAgency) -> Clock:
    """The same clock, counted by the calendar of an agency as well that had it earlier."""
    names = {*clock.counted_by, rules.calendar_name(agency.code, agency.zone)}
    return _counted_by(rules, clock, clock.agency, clock.zone, names)


def given_to(rules: Rules, clock: Clock, turns: Sequence[Clock]) -> Clock:
    """The same clock in the hands of the last of these turns, which are in their order.

    The calendar of each agency counts it that got it before its limit had passed, and it ends when it does by all of
    them: no transfer brings a limit forward, no receiver is late at receipt, and what was overdue stays so.
    """
    first, holder = _turn_of(clock, turns), turns[-1]
    later = turns[turns.index(first) + 1 :]
    if clock.name in DATED:
        return _promised(rules, clock, first, later or [first])
    names = {*first.counted_by}
    for turn in later:
        if not names.issuperset(turn.counted_by) and turn.started_at < _limit(rules, clock, names):
            names.update(turn.counted_by)
    return _counted_by(rules, clock, holder.agency, holder.zone, names)


def _turn_of(clock: Clock, turns: Sequence[Clock]) -> Clock:
    """In whose turn a clock began; the first one if that is not known."""
    with_it = [turn for turn in turns if turn.started_at == clock.started_at]
    before = [turn for turn in turns if turn.started_at < clock.started_at]
    return with_it[0] if with_it else (before[-1] if before else turns[0])


def _promised(rules: Rules, clock: Clock, maker: Clock, later: Sequence[Clock]) -> Clock:
    """A promise keeps the day that its maker named, and ends with that day where it ends last: in the western zone."""
    own, schedule = zone_and_schedule(maker.counted_by[0])
    zones = {own, *(name_of_calendar(turn.zone) for turn in later)}
    name = name_of_calendar(next((zone for zone in ZONES.values() if zone in zones), own), schedule)
    holder = later[-1]
    after = _held(clock, holder.agency, holder.zone, {name})
    return after if after.counted_by == clock.counted_by else until(rules, after, last_day(clock))


def _counted_by(rules: Rules, clock: Clock, agency: str, zone: str, names: Iterable[str]) -> Clock:
    after = _held(clock, agency, zone, names)
    return after if after.counted_by == clock.counted_by else recounted(rules, after)


def _held(clock: Clock, agency: str, zone: str, names: Iterable[str]) -> Clock:
    calendars = tuple(sorted(names))
    is_that_of_its_zone = calendars == (name_of_calendar(zone),)
    return replace(clock, agency=agency, zone=zone, calendars=() if is_that_of_its_zone else calendars)


def _limit(rules: Rules, clock: Clock, names: Iterable[str]) -> datetime:
    return moment_in(rules, replace(clock, calendars=tuple(names)), clock.limit_days)


def last_day(clock: Clock) -> date:
    """The day with whose end a promise ends."""
    zone, _ = zone_and_schedule(clock.counted_by[0])
    return (clock.due_at - TICK).astimezone(time_zone(zone)).date()


def until(rules: Rules, clock: Clock, day: date) -> Clock:
    """The same promise with a limit that ends with this day, or with the next working day if it is none."""
    name = clock.counted_by[0]
    calendar = rules.calendar_of(name)
    end = datetime.combine(day + timedelta(days=1), time(), time_zone(zone_and_schedule(name)[0]))
    days = next(days for days in count() if calendar.due_at(clock.started_at, days) >= end)
    return recounted(rules, replace(clock, limit_days=days))


def counted_anew(rules: Rules, clock: Clock) -> Clock:
    """The clock by the working days as they are known now: a promise keeps its day, other limits their length."""
    return until(rules, clock, last_day(clock)) if clock.name in DATED else recounted(rules, clock)
