"""Past complaints from a CSV file: when each was filed and first answered."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

ZONE = ZoneInfo("Asia/Jakarta")
REGION = re.compile(r"\d\d(\.\d\d)?")
COLUMNS = {"id", "tanggal_keluhan_utc", "tanggal_ditanggapi_utc", "keluhan", "alamat", "kab_kode"}


class UnreadableFile(Exception):
    """The file has no valid past complaints."""


@dataclass(frozen=True, slots=True)
class PastComplaint:
    """One complaint of the file; an answer dated before the filing counts as given at the filing."""

    id: str
    filed_at: datetime
    answered_at: datetime | None
    text: str
    address: str
    region: str


def read(path: Path) -> list[PastComplaint]:
    """All complaints, at least one, oldest first. Raises UnreadableFile, which names the invalid line."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file, restval="")
            if missing := COLUMNS - set(rows.fieldnames or ()):
                raise UnreadableFile(f"{path} lacks the columns {', '.join(sorted(missing))}")
            complaints = sorted(_parsed(path, rows), key=lambda past: past.filed_at)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path}: {error}") from error
    if not complaints:
        raise UnreadableFile(f"{path} holds no complaint")
    return complaints


def _parsed(path: Path, rows: "csv.DictReader[str]") -> Iterator[PastComplaint]:
    for row in rows:
        try:
            filed_at, answered = _moment(row["tanggal_keluhan_utc"]), row["tanggal_ditanggapi_utc"]
            answered_at = max(filed_at, _moment(answered)) if answered else None
            yield PastComplaint(
                row["id"], filed_at, answered_at, row["keluhan"], _line(row["alamat"]), _region(row["kab_kode"])
            )
        except (ValueError, TypeError) as error:
            raise UnreadableFile(f"{path}, line {rows.line_num}: {error}") from error


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _region(text: str) -> str:
    if not REGION.fullmatch(text):
        raise ValueError(f"{text!r} is not a code such as 35 or 35.78")
    return text


def _line(text: str) -> str:
    """The address as one line of printable characters, as intake accepts it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def mean_working_days(complaints: list[PastComplaint]) -> float:
    """Mean working days from filing to first answer, counted day by day from the file only."""
    off = holidays.country_holidays("ID", categories=("public", "government"), years=range(2015, 2046))
    spans = [_working_days(past.filed_at, past.answered_at, off) for past in complaints if past.answered_at]
    return sum(spans) / len(spans) if spans else 0.0


def _working_days(start: datetime, end: datetime, off: "holidays.HolidayBase") -> float:
    start, end, worked = start.astimezone(ZONE), end.astimezone(ZONE), timedelta()
    day = start.date()
    while day <= end.date():
        if day.weekday() < 5 and day not in off:
            midnight = _midnight(day)
            worked += min(end, midnight + timedelta(days=1)) - max(start, midnight)
        day += timedelta(days=1)
    return worked / timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)
