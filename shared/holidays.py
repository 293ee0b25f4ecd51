"""The days off of Indonesia's offices: holidays, joint leave as far as it is decreed, and an operator's corrections."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from holidays import country_holidays

# The calendar ends later than any clock can start: the settings admit moments up to the year 2099.
FIRST, LAST = date(2015, 1, 1), date(2110, 12, 31)
YEARS = range(FIRST.year, LAST.year + 1)
# As the package calls holidays, and the joint leave (cuti bersama) that a decree of three ministers sets for one year.
HOLIDAYS, JOINT_LEAVE = "public", "government"
# The holidays that need no calendar of a religion, for years of which the package knows nothing.
FIXED = ((1, 1), (5, 1), (6, 1), (8, 17), (12, 25))

HOLIDAY, LEAVE, WORKING = "holiday", "leave", "working"
KINDS = (HOLIDAY, LEAVE, WORKING)


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days off, days that are worked though they were days off, and the years whose joint leave is decreed."""

    off: frozenset[date]
    working: frozenset[date]
    decreed: frozenset[int]

    @property
    def digest(self) -> str:
        """The same for the same working days."""
        return sha256(repr((sorted(self.off), sorted(self.working))).encode()).hexdigest()


@cache
def days_off(exceptions: Path | None) -> DaysOff:
    """The days off, corrected by a file of exceptions.

    The file is CSV with the columns date, kind (holiday, leave or working) and note. A year is decreed if a day of its
    joint leave is known, by the package or as `leave` by the file. Raises ValueError or OSError for a file that cannot
    be read.
    """
    kinds = _read(exceptions) if exceptions else {}
    off = [day for day, kind in kinds.items() if kind != WORKING]
    leave = [day for day, kind in kinds.items() if kind == LEAVE]
    working = [day for day, kind in kinds.items() if kind == WORKING]
    return DaysOff(
        national_holidays().union(off),
        frozenset(working),
        frozenset(day.year for day in (*_days(JOINT_LEAVE), *leave)),
    )


@cache
def national_holidays() -> frozenset[date]:
    """Holidays and joint leave; years without a decree yet have holidays on estimated dates, and no joint leave."""
    holidays = _days(HOLIDAYS)
    unknown = set(YEARS) - {day.year for day in holidays}
    return holidays | _days(JOINT_LEAVE) | {date(year, month, day) for year in unknown for month, day in FIXED}


@cache
def _days(category: str) -> frozenset[date]:
    return frozenset(country_holidays("ID", categories=(category,), years=YEARS))


def _read(path: Path) -> dict[date, str]:
    """The kind of each day that the file names."""
    kinds: dict[date, str] = {}
    # Spreadsheets write a byte order mark, and notes, which only people read, in any encoding.
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        try:
            for day, kind in _exceptions(rows):
                if day in kinds:
                    raise ValueError(f"{day} stands here twice")
                kinds[day] = kind
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}, line {rows.line_num}: {error}") from error
    return kinds


def _exceptions(rows: Iterator[list[str]]) -> Iterator[tuple[date, str]]:
    if (header := next(rows, [])) != ["date", "kind", "note"]:
        raise ValueError(f"the header must be date,kind,note, not {','.join(header)}")
    for row in rows:
        if row:
            yield _exception(row)


def _exception(row: list[str]) -> tuple[date, str]:
    if len(row) != 3:
        raise ValueError(f"3 fields are needed (date,kind,note), not {len(row)}")
    day, kind = date.fromisoformat(row[0].strip()), row[1].strip()
    if kind not in KINDS:
        raise ValueError(f"the kind must be {HOLIDAY}, {LEAVE} or {WORKING}, not {kind!r}")
    if not FIRST <= day <= LAST:
        raise ValueError(f"{day} is outside the calendar from {FIRST} to {LAST}")
    return day, kind
