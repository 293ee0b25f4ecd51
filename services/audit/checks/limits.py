"""Due dates counted again, day by day, by a reference that shares no code with the calendar of the services."""

import asyncio
import csv
import random
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from services.audit.databases import Databases
from services.audit.domain.violations import Findings, Violation

DUE, LIMIT = "due_differs", "limit_differs"
CHECKS = frozenset({DUE, LIMIT})
SENTENCES = {
    DUE: (
        "Jangka waktu {row.name} berakhir {row.due_at:%Y-%m-%d %H:%M} UTC, hitungan ulang {other:%Y-%m-%d %H:%M} UTC."
    ),
    LIMIT: "Jangka waktu {row.name} berjalan {row.limit_days} hari, menurut peraturan {other}.",
}
# PermenPANRB 62/2018, version 1 of the policies, written down a second time.
LIMITS = {("life", None): 1, ("verification", None): 3, ("follow_up", None): 5, ("ombudsman", None): 60} | {
    ("resolution", "information"): 5,
    ("resolution", "aspiration"): 5,
    ("resolution", "complaint"): 14,
    ("resolution", "supervisory"): 60,
}
ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
COLUMNS = """
SELECT k.complaint_id, k.name, k.cycle, k.zone, k.started_at, k.limit_days, k.unit, k.policy_version, k.due_at,
       coalesce(c.classification, c.kind) AS known_class
"""
ROWS = "SELECT greatest(reltuples, 0) AS rows FROM pg_class WHERE oid = 'clocks'::regclass"
# The life clock has no limit that anybody can miss. Whole pages at random, for the table is large.
SAMPLE = (
    COLUMNS
    + "FROM clocks k TABLESAMPLE SYSTEM ({percent}) JOIN complaints c ON c.id = k.complaint_id"
    + " WHERE k.stopped_at IS NULL AND k.name <> 'life' LIMIT :most"
)
KNOWN = COLUMNS + (
    "FROM clocks k JOIN complaints c ON c.id = k.complaint_id"
    " WHERE k.stopped_at IS NULL AND k.name <> 'life' AND k.complaint_id = ANY(CAST(:ids AS uuid[]))"
)


class Calendar:
    """The working days of one zone: Monday to Friday, less holidays and joint leave, corrected by exceptions."""

    def __init__(self, zone: str, exceptions: Mapping[date, str]) -> None:
        self._zone = ZoneInfo(ZONES.get(zone, zone))
        self._exceptions = exceptions

    def works(self, day: date) -> bool:
        if day in self._exceptions:
            return self._exceptions[day] == "working"
        return day.weekday() < 5 and day not in _holidays(day.year)

    def due_at(self, since: datetime, days: int) -> datetime:
        """The end of the n-th working day after the local day of `since`, walked one day at a time."""
        day = since.astimezone(self._zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.works(day)
        return datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC)


@cache
def _holidays(year: int) -> frozenset[date]:
    found = holidays.country_holidays("ID", categories=("public", "government"), years=year)
    return frozenset(found)


def exceptions_in(path: Path | None) -> Mapping[date, str]:
    """Day → `holiday` or `working`."""
    if path is None:
        return {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return {date.fromisoformat(row["date"].strip()): row["kind"].strip() for row in csv.DictReader(file)}


async def recounted(
    databases: Databases, exceptions: Mapping[date, str], most: int, again: Collection[str]
) -> Findings:
    """What is wrong with a random sample of the running clocks, and with those of the complaints `again`."""
    sample = await _sample(databases, most)
    known = await databases["sla"].rows(KNOWN, {"ids": [subject.split("/")[0] for subject in again]}) if again else ()
    # Some thousands of clocks are counted day by day; the loop must go on meanwhile.
    found, seen = await asyncio.to_thread(_wrong, [*sample, *known], exceptions)
    return Findings(CHECKS, found, frozenset(seen | {*again}))


async def _sample(databases: Databases, most: int) -> Any:
    (size,) = await databases["sla"].rows(ROWS)
    # Twice as many as wanted, because some have stopped; a small table is read in full.
    percent = 100.0 if size.rows < 10 * most else min(100.0, 200.0 * most / size.rows)
    rows = [*await databases["sla"].rows(SAMPLE.format(percent=f"{percent:.6f}"), {"most": 20 * most})]
    random.shuffle(rows)
    return rows[:most]


def _wrong(rows: Collection[Any], exceptions: Mapping[date, str]) -> tuple[list[Violation], set[str]]:
    calendars: dict[str, Calendar] = {}
    found: list[Violation] = []
    for row in rows:
        if row.zone not in calendars:
            calendars[row.zone] = _calendar(row.zone, exceptions)
        found += _wrong_with(row, calendars[row.zone])
    return found, {_subject(row) for row in rows}


def _calendar(zone: str, exceptions: Mapping[date, str]) -> Calendar:
    try:
        return Calendar(zone, exceptions)
    except (ValueError, OSError, LookupError):  # An unknown zone has the capital's days.
        return Calendar("WIB", exceptions)


def _wrong_with(row: Any, calendar: Calendar) -> list[Violation]:
    due_at = (
        row.started_at + timedelta(days=row.limit_days)
        if row.unit == "calendar"
        else calendar.due_at(row.started_at, row.limit_days)
    )
    found = [] if due_at == row.due_at else [_violation(DUE, row, due_at)]
    limit = _limit(row)
    return found if limit in (None, row.limit_days) else [*found, _violation(LIMIT, row, limit)]


def _limit(row: Any) -> int | None:
    """The limit of the clock by the first policy; None where another policy holds."""
    if row.policy_version != 1:
        return None
    ordinary = LIMITS.get((row.name, "complaint"))
    return LIMITS.get((row.name, None)) or LIMITS.get((row.name, row.known_class), ordinary)


def _violation(check: str, row: Any, other: Any) -> Violation:
    detail = SENTENCES[check].format(row=row, other=other)
    return Violation(check, _subject(row), row.started_at, detail, row.complaint_id)


def _subject(row: Any) -> str:
    return f"{row.complaint_id}/{row.name}/{row.cycle}"
