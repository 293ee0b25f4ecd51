"""Indicators of the complaints that were filed in a period, as they stand now."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.sla.actions.clocks import CAPITAL, calendar_of
from services.sla.actions.scope import codes_below, known_agency
from services.sla.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.errors import Invalid

COHORT = """
WITH cohort AS (
    SELECT id, verified_at, follow_ups, answered_at FROM complaints
    WHERE filed_at >= :start AND filed_at < :end {condition}
)
"""
OF_AGENCIES = "AND holder = ANY(CAST(:codes AS text[]))"
COUNTS = """
SELECT count(*) AS received, count(verified_at) AS verified,
       count(*) FILTER (WHERE cardinality(follow_ups) > 0 OR answered_at IS NOT NULL) AS followed_up,
       count(answered_at) AS answered
FROM cohort
"""
SPEEDS = """
SELECT clock.name, count(*) AS stopped, avg(clock.worked_days) AS mean
FROM cohort JOIN clocks AS clock ON clock.complaint_id = cohort.id
WHERE clock.name IN ('verification', 'follow_up') AND clock.outcome IN ('met', 'missed')
GROUP BY clock.name
"""
OVERDUE = """
SELECT count(*) FROM cohort
WHERE id IN (SELECT complaint_id FROM clocks WHERE stopped_at IS NULL AND name <> 'ombudsman' AND due_at < :now)
"""
# Within one hour of one zone the running age is linear in the start, so that the mean start of each hour is enough.
WAITING = """
SELECT clock.zone, count(*) AS waiting, avg(extract(epoch FROM clock.started_at))::float AS mean_start
FROM cohort JOIN clocks AS clock ON clock.complaint_id = cohort.id
WHERE clock.name = 'follow_up' AND clock.stopped_at IS NULL
GROUP BY clock.zone, date_trunc('hour', clock.started_at, 'UTC')
"""
FIRED = """
SELECT fired.clock = 'ombudsman' AS offered, fired.escalation, count(*) AS times
FROM cohort JOIN fired ON fired.complaint_id = cohort.id
WHERE fired.escalation > 0 OR fired.clock = 'ombudsman'
GROUP BY 1, 2
"""
LAST_STEP = 3


class ReversedPeriod(Invalid):
    """The period ends before it begins."""


@dataclass(frozen=True, slots=True)
class Period:
    """Two local days of the agency, both included; without an agency, of the capital."""

    agency: str | None
    first: date | None
    last: date | None


async def indicators(tx: Tx[State], period: Period) -> dict[str, Any]:
    """Counts and means for the complaints filed in a period that the agency, or one below it, now holds.

    Means are in working days (domain: VER, TL); `…_with_unanswered` counts those still waiting at their present age.
    """
    zone = (await known_agency(tx, period.agency)).zone if period.agency else CAPITAL
    first, last = _days(period, tx.now.astimezone(_tz(zone)).date())
    codes = await codes_below(tx, period.agency)
    cohort = COHORT.format(condition="" if codes is None else OF_AGENCIES)
    values: dict[str, Any] = {"start": _midnight(first, zone), "end": _midnight(last + timedelta(days=1), zone)}
    if codes is not None:
        values["codes"] = sorted(codes)
    counts = (await tx.execute(cohort + COUNTS, values)).one()
    speeds = {row.name: row for row in await tx.execute(cohort + SPEEDS, values)}
    overdue = (await tx.execute(cohort + OVERDUE, {**values, "now": tx.now})).scalar_one()
    waiting, age = await _waiting(tx, cohort, values)
    return {
        "agency": period.agency,
        "first": first,
        "last": last,
        **counts._asdict(),
        "overdue": overdue,
        "mean_verification_days": _mean(*_total(speeds.get("verification"))),
        "mean_follow_up_days": _mean(*_total(speeds.get("follow_up"))),
        "mean_follow_up_days_with_unanswered": _mean(*_total(speeds.get("follow_up"), waiting, age)),
        **await _fired(tx, cohort, values),
    }


async def _waiting(tx: Tx[State], cohort: str, values: dict[str, Any]) -> tuple[int, float]:
    """How many wait for a first follow-up, and the sum of their ages in working days."""
    count, total = 0, 0.0
    for row in await tx.execute(cohort + WAITING, values):
        calendar = calendar_of(row.zone, tx.state.settings.calendar_exceptions)
        since = datetime.fromtimestamp(row.mean_start, tx.now.tzinfo)
        count += row.waiting
        total += row.waiting * max(0.0, calendar.working_days_between(since, tx.now))
    return count, total


async def _fired(tx: Tx[State], cohort: str, values: dict[str, Any]) -> dict[str, Any]:
    rows = (await tx.execute(cohort + FIRED, values)).all()
    steps = dict.fromkeys(range(1, LAST_STEP + 1), 0)
    steps |= {row.escalation: row.times for row in rows if not row.offered}
    return {"escalations": steps, "ombudsman_offers": sum(row.times for row in rows if row.offered)}


def _days(period: Period, today: date) -> tuple[date, date]:
    """The period's days; from the first of January of its last day's year, to today, where it leaves them open."""
    last = period.last or max(today, period.first or today)
    first = period.first or last.replace(month=1, day=1)
    if first > last:
        raise ReversedPeriod(field="to")
    return first, last


def _total(speed: Any, waiting: int = 0, age: float = 0.0) -> tuple[int, float]:
    stopped, mean = (speed.stopped, speed.mean) if speed else (0, 0.0)
    return stopped + waiting, stopped * mean + age


def _mean(count: int, total: float) -> float | None:
    return round(total / count, 2) if count else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), _tz(zone))


def _tz(zone: str) -> ZoneInfo:
    """The time zone of an agency; of an unknown one, the capital's."""
    name = ZONES.get(zone, zone)
    return ZoneInfo(name if name in ZONES.values() else ZONES[CAPITAL])
