"""Events that wait too long, by age: parked, staged and not published, said and not heard; promises of the future."""

from datetime import datetime, timedelta
from typing import Any

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
# Of an event whose moment has not come, or is none that Python can read, nobody knows since when it waits.
SINCE = "min(CASE WHEN {moment} BETWEEN 'epoch' AND :ahead THEN {moment} ELSE 'epoch' END) AS since"
OLDEST = {
    PARKED: f"SELECT count(*) AS waiting, {SINCE.format(moment='parked_at')} FROM parked",
    STAGED: f"SELECT count(*) AS waiting, {SINCE.format(moment='staged_at')} FROM outbox",
}
AHEAD = timedelta(hours=1)
# Publishers promise how far they have spoken. A service without this table hears no promises.
HEARS = "SELECT to_regclass('watermarks') IS NOT NULL AS hears"
WATERMARKS = """
SELECT count(DISTINCT publisher) AS waiting, min(up_to) AS since FROM watermarks
WHERE up_to < :limit AND isfinite(up_to)
"""
# Behind a promise of the future the sweep waits for nobody, and whoever made it dates all that it says in the future.
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


async def waiting_events(databases: Databases, now: datetime, real_now: datetime) -> Findings:
    """The services in which an event waits too long; `real_now` is real time, `now` that of the services."""
    found = []
    for service in SERVICES:
        for check, statement in OLDEST.items():
            (row,) = await databases[service].rows(statement, {"ahead": real_now + AHEAD})
            found += _late(check, service, row, real_now)
        if (await databases[service].rows(HEARS))[0].hears:
            (row,) = await databases[service].rows(WATERMARKS, {"limit": now - PATIENCE[UNHEARD]})
            found += _late(UNHEARD, service, row, now)
            (row,) = await databases[service].rows(PROMISED_AHEAD, {"ahead": now + AHEAD})
            found += [_violation(PROMISED, service, row, now)] if row.waiting else []
    return Findings(frozenset(SENTENCES), found)


def _late(check: str, service: str, row: Any, now: datetime) -> list[Violation]:
    if row.since is None or row.since + PATIENCE[check] > now:
        return []
    return [_violation(check, service, row, row.since + PATIENCE[check])]


def _violation(check: str, service: str, row: Any, since: datetime) -> Violation:
    return Violation(check, service, since, SENTENCES[check].format(waiting=row.waiting, service=service))
