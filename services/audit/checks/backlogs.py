"""Events that wait too long, by age: parked, staged and not published, published and not received; future promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.audit.databases import SERVICES, Databases
from services.audit.domain.sentences import service_label
from services.audit.domain.violations import Findings, Violation
from shared.events import COMPLAINTS

PARKED, STAGED, UNHEARD, PROMISED = "parked", "unpublished", "unheard", "promised_ahead"
# How long an event may wait, in real time. The clocks of the databases count, for these moments are theirs; a promise
# is a moment of the services' clock, on which real time is longer by its `pace`.
PATIENCE = {PARKED: timedelta(hours=1), STAGED: timedelta(minutes=15), UNHEARD: timedelta(minutes=15)}
SENTENCES = {
    PARKED: "{waiting} peristiwa tertahan di layanan {service} lebih dari satu jam.",
    STAGED: "{waiting} peristiwa di layanan {service} belum diterbitkan lebih dari seperempat jam.",
    UNHEARD: "Layanan {service} tidak mendengar kabar dari {waiting} layanan lain lebih dari seperempat jam.",
    PROMISED: "Layanan {service} menyimpan {waiting} janji untuk waktu yang belum tiba.",
}
# An event whose moment lies in the future, or cannot be read by Python, counts as waiting since the epoch.
SINCE = "min(CASE WHEN {moment} BETWEEN 'epoch' AND :ahead THEN {moment} ELSE 'epoch' END) AS since"
OLDEST = {
    PARKED: f"SELECT count(*) AS waiting, {SINCE.format(moment='parked_at')} FROM parked",
    STAGED: f"SELECT count(*) AS waiting, {SINCE.format(moment='staged_at')} FROM outbox",
}
AHEAD = timedelta(hours=1)
# Publishers promise up to which moment all their events are published. Whose promises each service awaits:
AWAITED = {"sla": ("intake", "notify", "routing"), "notify": ("routing",)}
# A publisher is known once each of its partitions is, up to the earliest of their moments.
WATERMARKS = """
SELECT count(*) FILTER (WHERE up_to < :limit) AS late, min(up_to) AS since,
       count(*) FILTER (WHERE up_to IS NULL) AS unknown
FROM (
    SELECT CASE WHEN count(known.up_to) >= max(known.partitions) THEN min(known.up_to) END AS up_to
    FROM unnest(CAST(:publishers AS text[])) AS asked (publisher)
    LEFT JOIN watermarks known ON known.publisher = asked.publisher AND known.topic = :topic AND isfinite(known.up_to)
    GROUP BY asked.publisher
) AS publishers
"""
# A publisher that was never heard is waited for since the first event that any service has received.
FIRST_RECEIVED = "SELECT min(received_at) AS since FROM inbox WHERE isfinite(received_at)"
# With a promise of the future the sweep no longer waits, and its publisher dates all its events in the future.
PROMISED_AHEAD = """
SELECT (SELECT count(*) FROM promised WHERE up_to > :ahead) + (SELECT count(*) FROM watermarks WHERE up_to > :ahead)
    AS waiting
"""
# The services that promise do so every few seconds while they run.
PROMISING = ("intake", "routing", "notify")
SAID = "SELECT count(*) AS saying FROM promised WHERE up_to > :limit"


async def is_anything_said(databases: Databases, now: datetime, pace: float = 1.0) -> bool:
    """Whether any service has promised within a quarter of an hour; else all of them stand still."""
    values = {"limit": now - PATIENCE[UNHEARD] * pace}
    counts = [(await databases[service].rows(SAID, values))[0].saying for service in PROMISING]
    return any(counts)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and since when; None where nothing does."""

    waiting: int
    since: datetime | None


async def waiting_events(databases: Databases, now: datetime, real_now: datetime, pace: float = 1.0) -> Findings:
    """The services in which an event waits too long; `real_now` is real time, `now` that of the services."""
    found = []
    for service in SERVICES:
        for check, statement in OLDEST.items():
            (backlog,) = await databases[service].records(Backlog, statement, {"ahead": real_now + AHEAD})
            found += _late(check, service, backlog, real_now)
        found += await _unheard(databases, service, now, real_now, pace)
        (row,) = await databases[service].rows(PROMISED_AHEAD, {"ahead": now + AHEAD * pace})
        found += [_violation(PROMISED, service, row.waiting, now)] if row.waiting else []
    return Findings(frozenset(SENTENCES), found)


async def _unheard(
    databases: Databases, service: str, now: datetime, real_now: datetime, pace: float
) -> list[Violation]:
    """The publishers that this service awaits and has not heard for long, or never."""
    patience = PATIENCE[UNHEARD] * pace
    values = {"publishers": AWAITED.get(service, ()), "topic": COMPLAINTS, "limit": now - patience}
    (row,) = await databases[service].rows(WATERMARKS, values)
    waited = await _waited(databases, real_now) * pace if row.unknown else timedelta()
    unknown = row.unknown if waited >= patience else 0
    moments = [row.since] * bool(row.late) + [now - waited] * bool(unknown)
    return [_violation(UNHEARD, service, row.late + unknown, min(moments) + patience)] if moments else []


async def _waited(databases: Databases, real_now: datetime) -> timedelta:
    """How long ago any service received its first event; nothing where none has received one yet."""
    rows = [(await databases[service].rows(FIRST_RECEIVED))[0] for service in SERVICES]
    return max(timedelta(), real_now - min((row.since for row in rows if row.since), default=real_now))


def _late(check: str, service: str, backlog: Backlog, now: datetime) -> list[Violation]:
    if backlog.since is None or backlog.since + PATIENCE[check] > now:
        return []
    return [_violation(check, service, backlog.waiting, backlog.since + PATIENCE[check])]


def _violation(check: str, service: str, waiting: int, since: datetime) -> Violation:
    return Violation(check, service, since, SENTENCES[check].format(waiting=waiting, service=service_label(service)))
