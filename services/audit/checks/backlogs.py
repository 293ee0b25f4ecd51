"""Events that wait too long, by age: parked, staged and not published, said and not heard."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.audit.databases import SERVICES, Databases
from services.audit.domain.violations import Findings, Violation

PARKED, STAGED, UNHEARD = "parked", "unpublished", "unheard"
# How long an event may wait. The clocks of the databases count, for these moments are theirs.
PATIENCE = {PARKED: timedelta(hours=1), STAGED: timedelta(minutes=15), UNHEARD: timedelta(minutes=15)}
SENTENCES = {
    PARKED: "{waiting} peristiwa tertahan di {service}.",
    STAGED: "{waiting} peristiwa di {service} belum diterbitkan.",
    UNHEARD: "{service} belum mendengar {waiting} penerbit.",
}
OLDEST = {
    PARKED: "SELECT count(*) AS waiting, min(parked_at) AS since FROM parked",
    STAGED: "SELECT count(*) AS waiting, min(staged_at) AS since FROM outbox",
}
# Publishers promise how far they have spoken. A service without this table hears no promises.
HEARS = "SELECT to_regclass('watermarks') IS NOT NULL AS hears"
WATERMARKS = """
SELECT count(DISTINCT publisher) AS waiting, min(up_to) AS since FROM watermarks
WHERE up_to < :limit AND isfinite(up_to)
"""


async def waiting_events(databases: Databases, now: datetime, real_now: datetime) -> Findings:
    """The services in which an event waits too long; `real_now` is real time, `now` that of the services."""
    found = []
    for service in SERVICES:
        for check, statement in OLDEST.items():
            (row,) = await databases[service].rows(statement)
            found += _late(check, service, row, real_now)
        if (await databases[service].rows(HEARS))[0].hears:
            (row,) = await databases[service].rows(WATERMARKS, {"limit": now - PATIENCE[UNHEARD]})
            found += _late(UNHEARD, service, row, now)
    return Findings(frozenset(SENTENCES), found)


def _late(check: str, service: str, row: Any, now: datetime) -> list[Violation]:
    if row.since is None or row.since + PATIENCE[check] > now:
        return []
    words: Mapping[str, Any] = {"waiting": row.waiting, "service": service}
    return [Violation(check, service, row.since + PATIENCE[check], SENTENCES[check].format(**words))]
