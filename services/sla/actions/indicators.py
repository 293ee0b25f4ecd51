"""Indicators of the complaints that were filed in a period, as they stand now; sensitive ones are not counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.sla.actions.directory import codes_below, zone_of
from services.sla.domain.indicators import (
    CAPITAL_ZONE,
    CLIMBS,
    Indicators,
    Total,
    days_of,
    midnight,
    time_zone,
    total_of,
    waiting,
)
from services.sla.errors import ReversedPeriod
from services.sla.state import State
from shared.db.transaction import Tx
from shared.telemetry import unusable_values
from shared.vocabulary import FOLLOW_UP, VERIFICATION

# These statements stay text: each is a report over the same cohort, which is shorter and plainer in SQL.
# One that was split counts in its parts, each with its holder.
COHORT = """
WITH cohort AS (
    SELECT id, verified_at, follow_ups, annulments, answers, answered_at, appeals, dismissals, reopenings, judgements,
           handovers
    FROM complaints
    WHERE filed_at >= :start AND filed_at < :end AND NOT sensitive AND splits = '{{}}' {condition}
)
"""
OF_AGENCIES = "AND holder = ANY(CAST(:codes AS text[]))"
# The columns of these three statements are called as the indicators are.
COUNTS = """
SELECT count(*) AS received, count(verified_at) AS verified,
       count(*) FILTER (WHERE cardinality(follow_ups) > cardinality(annulments)
                        OR cardinality(answers) > 0) AS followed_up,
       count(answered_at) AS answered,
       count(*) FILTER (WHERE appeals <> '{}') AS appeals,
       count(*) FILTER (WHERE dismissals <> '{}') AS appeals_dismissed,
       count(*) FILTER (WHERE dismissals = '{}' AND appeals[1] < ANY(reopenings)) AS appeals_upheld,
       coalesce(sum(cardinality(annulments)), 0) AS contests_upheld,
       coalesce(sum(cardinality(judgements) - cardinality(annulments)), 0) AS contests_dismissed,
       count(*) FILTER (WHERE handovers <> '{}') AS referrals_handed_over
FROM cohort
"""
WORKED = """
SELECT clock.name, count(*) AS clocks, sum(clock.worked_days) AS days
FROM cohort JOIN clocks AS clock ON clock.complaint_id = cohort.id
WHERE clock.name IN ('verification', 'follow_up') AND clock.outcome IN ('met', 'missed')
  AND clock.worked_days < 'infinity'
GROUP BY clock.name
"""
OVERDUE = """
SELECT count(DISTINCT complaint_id) AS overdue, count(*) FILTER (WHERE name = 'appeal') AS appeals_overdue,
       count(*) FILTER (WHERE name = 'contest') AS contests_overdue,
       count(*) FILTER (WHERE name = 'referral') AS referrals_overdue
FROM cohort JOIN clocks ON complaint_id = cohort.id
WHERE stopped_at IS NULL AND name NOT IN ('ombudsman', 'life', 'hold', 'merger', 'window') AND due_at < :now
"""
# Each contest has a clock, and each consent to a referral: whoever disputes an answer may consent again.
REQUESTS = """
SELECT count(*) FILTER (WHERE name = 'contest') AS contests,
       count(DISTINCT complaint_id) FILTER (WHERE name = 'referral') AS referrals
FROM cohort JOIN clocks ON complaint_id = cohort.id
WHERE name IN ('contest', 'referral')
"""
# Within one hour of one calendar the running age is linear in the start, so that the mean start of each hour is enough.
WAITING = """
SELECT coalesce(clock.calendars[1], clock.zone) AS calendar,
       count(*) AS clocks, avg(extract(epoch FROM clock.started_at))::float AS mean_start
FROM cohort JOIN clocks AS clock ON clock.complaint_id = cohort.id
WHERE clock.name = 'follow_up' AND clock.stopped_at IS NULL
GROUP BY 1, date_trunc('hour', clock.started_at, 'UTC')
"""
STEPS = """
SELECT fired.clock = 'ombudsman' AS is_offer, fired.escalation, count(*) AS times
FROM cohort JOIN fired ON fired.complaint_id = cohort.id
WHERE fired.round = 0 AND (fired.escalation > 0 OR fired.clock = 'ombudsman')
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Two local days of the agency, both included; without an agency, of the capital."""

    agency: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """The complaints that a question is about: the start of its statements, and their values."""

    sql: str
    values: dict[str, Any]


async def indicators(tx: Tx[State], period: Period) -> Indicators:
    """The indicators of the complaints filed in a period that the agency, or one below it, now holds.

    Raises UnknownAgency and ReversedPeriod.
    """
    zone = await zone_of(tx, period.agency) if period.agency else CAPITAL_ZONE
    first, last = days_of(period.first, period.last, tx.now.astimezone(time_zone(zone)).date())
    if first > last:
        raise ReversedPeriod(field="to")
    codes = await codes_below(tx, period.agency)
    cohort = _cohort(midnight(first, zone), midnight(last + timedelta(days=1), zone), codes)
    counts = (await tx.execute(cohort.sql + COUNTS, cohort.values)).one()
    worked = await _worked(tx, cohort)
    followed_up = worked.get(FOLLOW_UP, Total())
    escalations, offers = await _steps(tx, cohort)
    requests = (await tx.execute(cohort.sql + REQUESTS, cohort.values)).one()
    overdue = (await tx.execute(cohort.sql + OVERDUE, {**cohort.values, "now": tx.now})).one()
    return Indicators(
        agency=period.agency,
        first=first,
        last=last,
        mean_verification_days=worked.get(VERIFICATION, Total()).mean,
        mean_follow_up_days=followed_up.mean,
        mean_follow_up_days_with_unanswered=(followed_up + await _waiting(tx, cohort)).mean,
        escalations=escalations,
        ombudsman_offers=offers,
        **counts._mapping,
        **requests._mapping,
        **overdue._mapping,
    )


def _cohort(start: datetime, end: datetime, codes: frozenset[str] | None) -> Cohort:
    values: dict[str, Any] = {"start": start, "end": end}
    if codes is None:
        return Cohort(COHORT.format(condition=""), values)
    return Cohort(COHORT.format(condition=OF_AGENCIES), {**values, "codes": sorted(codes)})


async def _worked(tx: Tx[State], cohort: Cohort) -> dict[str, Total]:
    """The working days of the clocks that an act has stopped, by the clock's name."""
    rows = await tx.execute(cohort.sql + WORKED, cohort.values)
    return {row.name: Total(row.clocks, row.days) for row in rows}


async def _waiting(tx: Tx[State], cohort: Cohort) -> Total:
    """The ages of the clocks that wait for a first follow-up, without those that no calendar reaches."""
    ages: list[Total] = []
    for row in await tx.execute(cohort.sql + WAITING, cohort.values):
        since = datetime.fromtimestamp(row.mean_start, tx.now.tzinfo)
        age = waiting(tx.state.rules.calendar_of(row.calendar), row.clocks, since, tx.now)
        if age is None:
            unusable_values.labels("sla", "start").inc(row.clocks)
        else:
            ages.append(age)
    return total_of(ages)


async def _steps(tx: Tx[State], cohort: Cohort) -> tuple[dict[int, int], int]:
    """How often each climb was taken, and how often the Ombudsman was offered."""
    rows = (await tx.execute(cohort.sql + STEPS, cohort.values)).all()
    escalations = dict.fromkeys(range(1, CLIMBS + 1), 0)
    escalations |= {row.escalation: row.times for row in rows if not row.is_offer}
    return escalations, sum(row.times for row in rows if row.is_offer)
