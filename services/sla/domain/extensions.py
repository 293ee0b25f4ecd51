"""Extensions: an interim reply lets a resolution last longer, once, and by no more than its policy allows."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from services.sla.domain.clocks import Clock, moment_in, recounted
from services.sla.domain.complaints import Complaint
from services.sla.domain.corrections import RECKONED, as_of, grace
from services.sla.domain.indicators import time_zone
from services.sla.domain.policies import limit_of
from services.sla.domain.rules import Rules
from services.sla.domain.spans import spans_of
from shared.vocabulary import RESOLUTION


def interim_replied(complaint: Complaint, at: datetime, until: datetime) -> Complaint:
    """The complaint after an interim reply, which names the day that ends then."""
    given = dict(spans_of(complaint.interims)) | {at: until}
    return replace(complaint, interims=tuple(moment for at in sorted(given) for moment in (at, given[at])))


def extended(rules: Rules, complaint: Complaint, clock: Clock) -> Clock:
    """The clock with the days that an interim reply gives a resolution, and a correction a limit that it shortens."""
    if clock.name not in RECKONED:
        return clock
    given = ((at, until) for at, until in spans_of(complaint.interims) if _is_of(clock, at))
    interim = next((_days(rules, complaint, clock, at, until) for at, until in given), 0)
    days = interim + (grace(rules, complaint, clock) if complaint.corrections else 0)
    return clock if days == clock.extended_days else recounted(rules, replace(clock, extended_days=days))


def end_of(day: date, zone: str) -> datetime:
    """The midnight with which a day of this zone ends."""
    return datetime.combine(day + timedelta(days=1), time(), time_zone(zone))


def _is_of(clock: Clock, at: datetime) -> bool:
    return clock.name == RESOLUTION and clock.has_started(at) and (clock.stopped_at is None or at < clock.stopped_at)


def _days(rules: Rules, complaint: Complaint, clock: Clock, at: datetime, until: datetime) -> int:
    """The days from the limit to the end of the day named, by what was known then: what is late is not extended."""
    known = replace(clock, pauses=tuple(m for span in spans_of(clock.pauses) if span[0] < at for m in span))
    if at > moment_in(rules, known, clock.limit_days):
        return 0
    most = _most_days(rules, complaint, clock)
    reaches = (days for days in range(most) if moment_in(rules, known, clock.limit_days + days) >= until)
    return next(reaches, most)


def _most_days(rules: Rules, complaint: Complaint, clock: Clock) -> int:
    """By the policy that is frozen on the clock; one that nobody knows allows nothing."""
    known = as_of(complaint, clock.stopped_at)
    try:
        limit = limit_of(rules.policy(clock.policy_version), RESOLUTION, known.known_class, known.kind)
    except KeyError:
        return 0
    return limit.extension if limit else 0
