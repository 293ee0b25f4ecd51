"""Events that wait too long, by age: parked, staged and not published, published and not received; future promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.audit.databases import SERVICES, Databases
from services.audit.domain.violations import Findings, Violation

PARKED, STAGED, UNHEARD, PROMISED = "parked", "unpublished", "unheard", "promised_ahead"
# How long an event may wait. The clocks of the databases count, for these moments are theirs.
PATIENCE = {PARKED: timedelta(hours=1), STAGED: timedelta(minutes=15), UNHEARD: timedelta(minutes=15)}
SENTENCES = {
    PARKED: "{waiting} peristiwa tertahan di {service}.",
    STAGED: "{waiting} peristiwa di {service} belum diterbitkan.",
    UNHEARD: "{service} belum mendengar {waiting} penerbit.",
    PROMISED: "{service} menyimpan {waiting} janji untuk waktu yang belum tiba.",
}
# An event whose moment lies in the future, or cannot be read by Python, counts as waiting since the epoch.
SINCE = "min(CASE WHEN {moment} BETWEEN 'epoch' AND :ahead THEN {moment} ELSE 'epoch' END) AS since"
OLDEST = {
    PARKED: f"SELECT count(*) AS waiting, {SINCE.format(moment='parked_at')} FROM parked",
    STAGED: f"SELECT count(*) AS waiting, {SINCE.format(moment='staged_at')} FROM outbox",
}
AHEAD = timedelta(hours=1)
# Publishers promise up to which moment all their events are published. A service without this table awaits none.
HEARS = "SELECT to_regclass('watermarks') IS NOT NULL AS hears"
WATERMARKS = """
SELECT count(DISTINCT publisher) AS waiting, min(up_to) AS since FROM watermarks
WHERE up_to < :limit AND isfinite(up_to)
"""
# With a promise of the future the sweep no longer waits, and its publisher dates all its events in the future.
PROMISED_AHEAD = """
SELECT (SELECT count(*) FROM promised WHERE up_to > :ahead) + (SELECT count(*) FROM watermarks WHERE up_to > :ahead)
    AS waiting
"""
# The services that promise do so every few seconds while they run.
PROMISING = ("intake", "routing", "notify")
SAID = "SELECT count(*) AS saying FROM promised WHERE up_to > :limit"


async def is_anything_said(databases: Databases, now: datetime) -> bool:
    """Whether any service has promised within a quarter of an hour; else all of them stand still."""
    values = {"limit": now - PATIENCE[UNHEARD]}
    counts = [(await databases[service].rows(SAID, values))[0].saying for service in PROMISING]
    return any(counts)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and since when; None where nothing does."""

    waiting: int
    since: datetime | None


async def waiting_events(databases: Databases, now: datetime, real_now: datetime) -> Findings:
    """The services in which an event waits too long; `real_now` is real time, `now` that of the services."""
    found = []
    for service in SERVICES:
        for check, statement in OLDEST.items():
            (backlog,) = await databases[service].records(Backlog, statement, {"ahead": real_now + AHEAD})
            found += _late(check, service, backlog, real_now)
        if (await databases[service].rows(HEARS))[0].hears:
            (backlog,) = await databases[service].records(Backlog, WATERMARKS, {"limit": now - PATIENCE[UNHEARD]})
            found += _late(UNHEARD, service, backlog, now)
            (row,) = await databases[service].rows(PROMISED_AHEAD, {"ahead": now + AHEAD})
            found += [_violation(PROMISED, service, row.waiting, now)] if row.waiting else []
    return Findings(frozenset(SENTENCES), found)


def _late(check: str, service: str, backlog: Backlog, now: datetime) -> list[Violation]:
    if backlog.since is None or backlog.since + PATIENCE[check] > now:
        return []
    return [_violation(check, service, backlog.waiting, backlog.since + PATIENCE[check])]


def _violation(check: str, service: str, waiting: int, since: datetime) -> Violation:
    return Violation(check, service, since, SENTENCES[check].format(waiting=waiting, service=service))
