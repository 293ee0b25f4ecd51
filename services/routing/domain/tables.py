"""Tables kept as CSV files, each of whose lines knows where it stands, so that an error can say so."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


class TableError(ValueError):
    """A table cannot be used; the message names the file, the line and the problem."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table; a column the table does not have reads as empty."""

    file: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def error(self, problem: str) -> TableError:
        return TableError(f"{self.file}, line {self.number}: {problem}")

    def one_of(self, column: str, known: Collection[str]) -> str:
        if (value := self[column]) not in known:
            raise self.error(f"unknown {column} {value!r}")
        return value


def lines(path: Path, *columns: str) -> Iterator[Line]:
    """The lines of a table, which must have at least the columns named. Raises TableError."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, restval="")
        try:
            yield from _lines(path.name, rows, columns)
        except csv.Error as error:  # A quote that is never closed, most likely: it stands in the line after the last.
            raise TableError(f"{path.name}, line {rows.line_num + 1}: {error}") from error


def _lines(file: str, rows: "csv.DictReader[str]", columns: Collection[str]) -> Iterator[Line]:
    if missing := [column for column in columns if column not in (rows.fieldnames or ())]:
        raise TableError(f"{file}, line 1: no column {', '.join(missing)}")
    for cells in rows:
        # csv keeps the cells beyond the last column under None.
        extra = cells.pop(None, None)
        line = Line(file, rows.line_num, cells)
        if extra:
            raise line.error("more cells than columns")
        yield line


def by_key(path: Path, *columns: str) -> dict[str, Line]:
    """The lines of a table by its first column named, which no two may share. Raises TableError."""
    found: dict[str, Line] = {}
    for line in lines(path, *columns):
        if (key := line[columns[0]]) in found:
            raise line.error(f"duplicate {columns[0]} {key!r}")
        found[key] = line
    return found
