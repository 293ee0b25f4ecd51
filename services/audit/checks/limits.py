"""Due dates counted again, day by day, by a reference that shares no code with the calendar of the services."""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from services.audit.checks.calendars import Calendar
from services.audit.checks.policies import CALENDAR, HOURS, SEED, WORKING, WORKING_HOURS, Policy, known_policies
from services.audit.databases import Databases
from services.audit.domain.sentences import clock_label
from services.audit.domain.violations import Findings, Violation
from shared.language import limit as last_moment
from shared.language import moment

DUE, LIMIT, FAR, UNCOUNTABLE, EXTENDED = "due_differs", "limit_differs", "step_far", "uncountable", "extended_too_long"
CHECKS = frozenset({DUE, LIMIT, FAR, UNCOUNTABLE, EXTENDED})
SENTENCES = {
    DUE: "Batas waktu {name} tercatat sampai {recorded}, padahal menurut hitungan ulang sampai {other}.",
    LIMIT: "Batas waktu {name} tercatat {clock.limit_days} {unit}, padahal menurut peraturan {other}.",
    FAR: "Langkah berikutnya dari batas waktu {name} baru pada {recorded}, padahal seharusnya paling lambat {other}.",
    EXTENDED: "Batas waktu {name} diperpanjang {clock.extended_days} {unit}, padahal paling lama {other}.",
    UNCOUNTABLE: "Batas waktu {name} tidak dapat dihitung ulang.",
}
UNITS = {WORKING: "hari kerja", CALENDAR: "hari kalender", HOURS: "jam", WORKING_HOURS: "jam kerja"}
# The units that run round the clock.
SPANS = {CALENDAR: timedelta(days=1), HOURS: timedelta(hours=1)}
# These end with a day of their own.
DATED = frozenset({"promise", "contribution"})
# The clocks that have one step.
SINGLE = frozenset({"life", "ombudsman", "merger"})
# The steps of a hold: a reminder in the middle, and its end.
OF_HOLD = (1, 1)
# A decree may have changed the working days since the step was reckoned.
SLACK = timedelta(days=7)
COLUMNS = """
SELECT k.complaint_id, k.name, k.cycle, k.zone, k.started_at, k.limit_days, k.extended_days, k.unit, k.policy_version,
       k.due_at, k.next_step, k.round, k.calendars, k.pauses,
       CASE WHEN isfinite(k.next_at) THEN k.next_at END AS next_at,
       coalesce(c.classification, x.kind, c.kind) AS known_class, coalesce(x.kind, c.kind) AS kind,
       cardinality(c.corrections) > 0 AS is_corrected
"""
# The kind of a complaint as it was corrected last.
CORRECTED = """
LEFT JOIN LATERAL (
    SELECT split_part(each, ' ', 3) AS kind FROM unnest(c.corrections) each
    WHERE split_part(each, ' ', 2) = 'kind' ORDER BY each DESC LIMIT 1
) x ON true
"""
SIZE = "SELECT greatest(reltuples, 0) AS rows FROM pg_class WHERE oid = 'clocks'::regclass"
# Whole pages at random, for the table is large.
SAMPLE = (
    COLUMNS
    + "FROM clocks k TABLESAMPLE SYSTEM ({percent}) JOIN complaints c ON c.id = k.complaint_id"
    + CORRECTED
    + " WHERE k.stopped_at IS NULL LIMIT :most"
)
KNOWN = (
    COLUMNS
    + "FROM clocks k JOIN complaints c ON c.id = k.complaint_id"
    + CORRECTED
    + " WHERE k.stopped_at IS NULL AND k.complaint_id = ANY(CAST(:ids AS uuid[]))"
)
Policies = Mapping[int, Policy]


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A running clock, and the class of its complaint; a damaged row may have any of these values."""

    complaint_id: UUID
    name: str
    cycle: int
    zone: str
    started_at: datetime
    limit_days: int
    extended_days: int
    unit: str
    policy_version: int
    due_at: datetime
    next_step: int
    round: int
    calendars: Sequence[str]
    pauses: Sequence[datetime]
    next_at: datetime | None
    known_class: str
    kind: str
    is_corrected: bool = False

    @property
    def length(self) -> int:
        return self.limit_days + self.extended_days


async def recounted(
    databases: Databases, exceptions: Mapping[date, str], most: int, again: Collection[str]
) -> Findings:
    """What is wrong with a random sample of the running clocks, and with those of the complaints `again`."""
    sample = await _sample(databases, most)
    ids = [subject.split("/")[0] for subject in again]
    known = await databases["sla"].records(RunningClock, KNOWN, {"ids": ids}) if again else ()
    policies = await known_policies(databases)
    # Some thousands of clocks are counted day by day; the loop must go on meanwhile.
    found, seen = await asyncio.to_thread(_wrong, [*sample, *known], exceptions, policies)
    return Findings(CHECKS, found, frozenset(seen | {*again}))


async def _sample(databases: Databases, most: int) -> list[RunningClock]:
    (size,) = await databases["sla"].rows(SIZE)
    # Twice as many as wanted, because some have stopped; a small table is read in full.
    percent = 100.0 if size.rows < 10 * most else min(100.0, 200.0 * most / size.rows)
    statement = SAMPLE.format(percent=f"{percent:.6f}")
    clocks = await databases["sla"].records(RunningClock, statement, {"most": 20 * most})
    random.shuffle(clocks)
    return clocks[:most]


def _wrong(
    clocks: Collection[RunningClock], exceptions: Mapping[date, str], policies: Policies
) -> tuple[list[Violation], set[str]]:
    calendars = cache(lambda name: _calendar(name, exceptions))
    found: list[Violation] = []
    for clock in clocks:
        found += _judged(clock, [calendars(name) for name in clock.calendars or (clock.zone,)], policies)
    return found, {_subject(clock) for clock in clocks}


def _calendar(name: str, exceptions: Mapping[date, str]) -> Calendar:
    try:
        return Calendar(name, exceptions)
    except (ValueError, OSError, LookupError):  # An unknown zone has the capital's days.
        return Calendar("WIB", exceptions)


def _judged(clock: RunningClock, calendars: Sequence[Calendar], policies: Policies) -> list[Violation]:
    """What is wrong with a clock; one that cannot be counted is wrong itself, and holds up no other."""
    try:
        return _wrong_with(clock, calendars, policies)
    except (ArithmeticError, ValueError, LookupError, AttributeError, TypeError):
        return [_violation(UNCOUNTABLE, clock)]


def _wrong_with(clock: RunningClock, calendars: Sequence[Calendar], policies: Policies) -> list[Violation]:
    if clock.next_step < 1 or clock.round < 0:
        raise ValueError("there is no such step")
    due_at, far = _moment(clock, calendars, clock.length), _last_moment(clock, calendars, policies)
    # The life clock has no limit that anybody can miss.
    is_right = clock.name == "life" or due_at == clock.due_at
    found = [] if is_right else [_violation(DUE, clock, last_moment(due_at), last_moment(clock.due_at))]
    if far is not None and clock.next_at is not None and clock.next_at > far + SLACK:
        found.append(_violation(FAR, clock, moment(far), moment(clock.next_at)))
    return [*found, *_other_limit(clock, policies), *_too_long(clock, policies)]


def _other_limit(clock: RunningClock, policies: Policies) -> list[Violation]:
    """That the policy is unknown, or has another limit for this clock. A clock of a name that nobody knows has none."""
    policy = policies.get(clock.policy_version)
    limit = (policy or policies[SEED]).limit(clock.name, clock.known_class, clock.kind)
    if policy is not None and limit is None and clock.policy_version == SEED:
        return []
    if policy is not None and limit is not None and (limit.days, limit.unit) == (clock.limit_days, clock.unit):
        return []
    # A promise ends with its own day; its limit says how far ahead that may be.
    if limit is not None and clock.name in DATED and clock.unit == limit.unit and clock.limit_days <= limit.days:
        return []
    return [_violation(LIMIT, clock, f"{limit.days} {UNITS[limit.unit]}" if limit else "tidak ada")]


def _too_long(clock: RunningClock, policies: Policies) -> list[Violation]:
    """That a limit is longer than its policy allows an interim reply, or a correction that has shortened it."""
    policy = policies.get(clock.policy_version, policies[SEED])
    limit = policy.limit(clock.name, clock.known_class, clock.kind)
    longest = max((each.days for each in policy.limits if each.clock == clock.name), default=0)
    most = limit.extension + max(0, longest - limit.days) * clock.is_corrected if limit else 0
    return [] if 0 <= clock.extended_days <= most else [_violation(EXTENDED, clock, str(most))]


def _moment(clock: RunningClock, calendars: Sequence[Calendar], days: int) -> datetime:
    """So many days after the start, where that is last by the calendars that count the clock."""
    return max(_moment_by(calendar, clock, days) for calendar in calendars)


def _moment_by(calendar: Calendar, clock: RunningClock, days: int) -> datetime:
    pauses = list(zip(clock.pauses[::2], clock.pauses[1::2], strict=True))
    since: datetime = clock.started_at
    for start, end in pauses:
        since = end if start <= since < end else since
    moment = _unpaused(calendar, clock.unit, since, days)
    for start, end in pauses:
        if since <= start < moment:
            moment = _shifted(calendar, clock.unit, moment, start, end)
    return moment


def _unpaused(calendar: Calendar, unit: str, since: datetime, days: int) -> datetime:
    if unit == WORKING_HOURS:
        return calendar.open_after(since, timedelta(hours=days))
    return since + SPANS[unit] * days if unit in SPANS else calendar.due_at(since, days)


def _shifted(calendar: Calendar, unit: str, moment: datetime, start: datetime, end: datetime) -> datetime:
    if unit == WORKING_HOURS:
        return calendar.open_after(end, calendar.open_between(start, moment))
    return moment + (end - start) if unit in SPANS else calendar.after(end, calendar.worked(start, moment))


def _last_moment(clock: RunningClock, calendars: Sequence[Calendar], policies: Policies) -> datetime | None:
    """When the next step is due, of a reminder at the latest; None if the clock is one that cannot be counted."""
    policy = policies.get(clock.policy_version)
    if policy is None or clock.unit not in policy.rounds:
        return None
    reminders, climbs = _steps(clock, policy)
    named = reminders + len(climbs)
    if clock.round and clock.next_step <= named:
        return None
    if clock.next_step > named:
        return _moment(clock, calendars, clock.length + climbs[-1] + policy.rounds[clock.unit] * (clock.round + 1))
    return _moment(clock, calendars, clock.length + climbs[max(0, clock.next_step - reminders - 1)])


def _steps(clock: RunningClock, policy: Policy) -> tuple[int, Sequence[int]]:
    """How many reminders a clock has, and how many days after its limit it climbs, or what else it does then."""
    if clock.name in SINGLE:
        return 0, [0]
    return (1, [0]) if clock.name in ("hold", "window") else (policy.reminders, policy.climbs)


def _violation(check: str, clock: RunningClock, other: str = "", recorded: str = "") -> Violation:
    detail = SENTENCES[check].format(
        name=clock_label(clock.name),
        clock=clock,
        other=other,
        recorded=recorded,
        unit=UNITS.get(clock.unit, clock.unit),
    )
    return Violation(check, _subject(clock), clock.started_at, detail, clock.complaint_id)


def _subject(clock: RunningClock) -> str:
    return f"{clock.complaint_id}/{clock.name}/{clock.cycle}"
