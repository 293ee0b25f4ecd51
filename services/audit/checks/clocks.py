"""Clocks whose step is late, and climbs that have reached nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.audit.databases import Databases
from services.audit.domain.sentences import clock_label
from services.audit.domain.violations import Findings, Violation

LATE = timedelta(minutes=15)
UNREACHED = timedelta(days=1)
AHEAD = timedelta(hours=1)
# More than this many are one trouble, not many.
MOST = 1_000
LATE_STEP, NOBODY_REACHED = "late_step", "nobody_reached"
SENTENCES = {
    LATE_STEP: "Langkah berikutnya dari batas waktu {clock} terlambat lebih dari seperempat jam.",
    NOBODY_REACHED: "Kenaikan ke-{row.escalation} karena batas waktu {clock} belum sampai kepada siapa pun.",
}
LATE_STEPS = """
SELECT complaint_id, name, 0 AS escalation, next_at AS since FROM clocks
WHERE next_at IS NOT NULL AND next_at < :limit AND isfinite(next_at) ORDER BY next_at LIMIT :most
"""
# A climb is done when it, or a later climb of the same clock, has reached somebody. It is checked after a working day,
# which may be after the longest of holidays. One that is dated ahead, or is to be checked later, waits all the same.
# One that was taken back waits for nobody.
UNREACHED_CLIMBS = """
SELECT f.complaint_id, f.clock AS name, f.escalation, least(f.fired_at, :limit) AS since
FROM fired f JOIN clocks c ON c.complaint_id = f.complaint_id AND c.name = f.clock AND c.cycle = f.cycle
WHERE f.escalation <> 0 AND f.reached_at IS NULL AND f.acknowledged_at IS NULL
  AND (f.fired_at < :limit OR f.fired_at > :ahead)
  AND (f.check_at IS NULL OR f.check_at < :checked OR f.check_at > least(f.fired_at, :limit) + interval '30 days')
  AND c.stopped_at IS NULL
  AND NOT EXISTS (SELECT FROM fired later WHERE later.complaint_id = f.complaint_id AND later.clock = f.clock
                  AND later.cycle = f.cycle AND later.step >= f.step AND later.reached_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.complaint_id = f.complaint_id AND w.clock = f.clock
                  AND w.cycle = f.cycle AND w.step = f.step AND w.fired_at = f.fired_at)
ORDER BY f.fired_at LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A clock that waits since this moment: for its next step, or for somebody to get a climb."""

    complaint_id: UUID
    name: str
    escalation: int
    since: datetime


async def late_steps(databases: Databases, now: datetime, pace: float = 1.0) -> Findings:
    """Steps that no sweep has taken for a quarter of an hour of real time."""
    late = LATE * pace
    rows = await databases["sla"].records(Waiting, LATE_STEPS, {"limit": now - late, "most": MOST})
    return _findings(LATE_STEP, rows, late)


async def unreached_climbs(databases: Databases, now: datetime, pace: float = 1.0) -> Findings:
    """Climbs of running clocks that nobody has got for a day."""
    values = {"limit": now - UNREACHED, "checked": now - LATE * pace, "ahead": now + AHEAD * pace, "most": MOST}
    rows = await databases["sla"].records(Waiting, UNREACHED_CLIMBS, values)
    return _findings(NOBODY_REACHED, rows, UNREACHED)


def _findings(check: str, rows: Sequence[Waiting], span: timedelta) -> Findings:
    found = [
        Violation(
            check,
            f"{row.complaint_id}/{row.name}",
            row.since + span,
            SENTENCES[check].format(row=row, clock=clock_label(row.name)),
            row.complaint_id,
        )
        for row in rows
    ]
    # Where there are more than were read, nothing is known of the others.
    covered = frozenset(violation.subject for violation in found) if len(found) == MOST else None
    return Findings(frozenset({check}), found, covered)
