"""Policies in a CSV file: a row for each limit, and an error for each row that cannot be read, with its line."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO
from typing import cast, get_args

from services.sla.domain.policies import Limit, Policy, Recurrence, Reminder
from shared.vocabulary import CLOCK_NAMES, ROLE_NAMES, TIERS, Classification, ClockName, Kind, Role

NEEDED = "effective_on", "source", "clock", "days", "unit", "reminders", "climbs"
RECURS = "every_working_days", "every_calendar_days"
EVERY_HOURS, EVERY_WORKING_HOURS = "every_hours", "every_working_hours"
EXTENSION = "extension"
OPTIONAL = EVERY_HOURS, EVERY_WORKING_HOURS, EXTENSION, "tier", "agency", "region", "field", "classification", "kind"
# More than any policy may allow, and as much as a row can hold.
MOST_DAYS = 1_000
LONGEST_SOURCE = 200
UNKNOWN_FIELD = "the field of a complaint is not known where its clocks run"


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy as the file has it, and the line of its first limit."""

    line: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of the file."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


def read_policies(text: str) -> tuple[Sequence[Imported], Sequence[Fault]]:
    """The policies of a file, each of the rows that agree in all but their limit; and every fault."""
    found: dict[tuple[object, ...], Imported] = {}
    faults: list[Fault] = []
    for line, outcome in _rows(text):
        if isinstance(outcome, str):
            faults.append(Fault(line, outcome))
            continue
        key = replace(outcome, limits=()).content
        known = found.get(key) or Imported(line, replace(outcome, limits=()))
        policy = replace(known.policy, limits=(*known.policy.limits, *outcome.limits))
        found[key] = Imported(known.line, policy)
    return list(found.values()), faults


def _rows(text: str) -> Iterator[tuple[int, Policy | str]]:
    """Each line with a policy of one limit, or with what is wrong."""
    reader = csv.DictReader(StringIO(text), restval="", strict=True)
    try:
        columns = reader.fieldnames or ()
        missing = [name for name in (*NEEDED, *RECURS) if name not in columns]
        unknown = [str(name) for name in columns if name not in (*NEEDED, *RECURS, *OPTIONAL)]
        if missing or unknown:
            problem = f"no column {', '.join(missing)}" if missing else f"unknown column {', '.join(unknown)}"
            yield 1, problem
            return
        for cells in reader:
            yield reader.line_num, _outcome(cells)
    except csv.Error as error:
        yield reader.line_num + 1, str(error)


def _outcome(cells: Mapping[str | None, str]) -> Policy | str:
    if None in cells:
        return "more cells than columns"
    try:
        return _policy({str(name): value.strip() for name, value in cells.items()})
    except ValueError as error:
        return str(error)


def _policy(cells: Mapping[str, str]) -> Policy:
    """The policy of a row, with its one limit. Raises ValueError with a sentence."""
    if cells.get("field"):
        raise ValueError(UNKNOWN_FIELD)
    source = cells["source"]
    if not 0 < len(source) <= LONGEST_SOURCE or not source.isprintable():
        raise ValueError(f"source must be one line of at most {LONGEST_SOURCE} characters")
    limit = Limit(
        clock=cast(ClockName, _word(cells, "clock", CLOCK_NAMES)),
        classification=_optional(cells, "classification", get_args(Classification)),
        days=_number(cells["days"], "days"),
        unit=cells["unit"],
        source=source,
        kind=_optional(cells, "kind", get_args(Kind)),
        extension=_number(cells.get(EXTENSION) or "0", EXTENSION, least=0),
    )
    return Policy(
        version=0,
        effective_on=_day(cells["effective_on"]),
        source=source,
        limits=(limit,),
        reminders=tuple(map(_reminder, cells["reminders"].split())),
        climbs=tuple(_number(each, "climbs", least=0) for each in cells["climbs"].split()),
        recurrence=_recurrence(cells),
        tier=_optional(cells, "tier", TIERS),
        agency=cells.get("agency") or None,
        region=cells.get("region") or None,
    )


def _recurrence(cells: Mapping[str, str]) -> Recurrence:
    working_days, calendar_days = (_number(cells[name], name) for name in RECURS)
    hours = _number(cells.get(EVERY_HOURS) or "24", EVERY_HOURS)
    return Recurrence(
        working_days, calendar_days, hours, _number(cells.get(EVERY_WORKING_HOURS) or "8", EVERY_WORKING_HOURS)
    )


def _reminder(text: str) -> Reminder:
    """`80:liaison+coordinator`"""
    percent, _, roles = text.partition(":")
    named = roles.split("+")
    if not {*named} <= ROLE_NAMES.keys() or not percent.isdecimal() or not 1 <= int(percent) <= 99:
        raise ValueError(f"{text!r} is no reminder, such as 80:liaison+coordinator")
    return Reminder(int(percent), tuple(cast(Role, role) for role in named))


def _word(cells: Mapping[str, str], column: str, known: Collection[str]) -> str:
    if (value := cells[column]) not in known:
        raise ValueError(f"unknown {column} {value!r}")
    return value


def _optional(cells: Mapping[str, str], column: str, known: Collection[str]) -> str | None:
    return _word(cells, column, known) if cells.get(column) else None


def _number(text: str, column: str, least: int = 1) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and least <= int(text) <= MOST_DAYS):
        raise ValueError(f"{column} must be a whole number from {least} to {MOST_DAYS}, not {text!r}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"effective_on must be a day such as 2027-01-04, not {text!r}") from None
