"""Tables in CSV files; each row knows its file and line, so that an error can name them."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

Word = TypeVar("Word", bound=str)


class TableError(ValueError):
    """A table cannot be used; the message names the file, the line and the problem."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table; a column that the table lacks reads as empty."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def error(self, problem: str) -> TableError:
        return TableError(f"{self.file}, line {self.line}: {problem}")

    def one_of(self, column: str, known: Collection[Word]) -> Word:
        """The cell, which must be one of these words. Raises TableError."""
        if (value := self[column]) not in known:
            raise self.error(f"unknown {column} {value!r}")
        return cast(Word, value)


def read_rows(path: Path, *columns: str) -> Iterator[TableRow]:
    """The rows of a table, which must have at least the columns named. Raises TableError."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, restval="")
        try:
            yield from _rows(path.name, reader, columns)
        except csv.Error as error:
            # Most likely a quote that is never closed; it stands in the line after the last row.
            raise TableError(f"{path.name}, line {reader.line_num + 1}: {error}") from error


def _rows(file: str, reader: "csv.DictReader[str]", columns: Collection[str]) -> Iterator[TableRow]:
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise TableError(f"{file}, line 1: no column {', '.join(missing)}")
    for cells in reader:
        # csv keeps the cells beyond the last column under None.
        extra = cells.pop(None, None)
        row = TableRow(file, reader.line_num, cells)
        if extra:
            raise row.error("more cells than columns")
        yield row


def read_rows_by_key(path: Path, *columns: str) -> dict[str, TableRow]:
    """The rows of a table by its first column named, whose values must be unique. Raises TableError."""
    found: dict[str, TableRow] = {}
    for row in read_rows(path, *columns):
        if (key := row[columns[0]]) in found:
            raise row.error(f"duplicate {columns[0]} {key!r}")
        found[key] = row
    return found
