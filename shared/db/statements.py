"""Set statements: insert, update and upsert, whose rows come as one JSON document with the types of the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Enum, String, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
Target = Table | type[DeclarativeBase]
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows to insert. `skip_known` leaves out known rows; a text says by which columns they are known."""

    table: Table
    names: Names
    skip_known: bool | str = False
    returning: Names = ()

    def sql(self, place: int = 1) -> str:
        known = f"{self.skip_known} " if isinstance(self.skip_known, str) else ""
        conflict = f" ON CONFLICT {known}DO NOTHING" if self.skip_known else ""
        return f"{_inserted(self.table, self.names, place)}{conflict}{_returned(self.returning)}"


@dataclass(frozen=True, slots=True)
class Update:
    """Rows to update, found by their `key`."""

    table: Table
    names: Names
    key: Names

    def sql(self, place: int = 1) -> str:
        changes = ", ".join(f"{name} = new.{name}" for name in _quoted(n for n in self.names if n not in self.key))
        same = " AND ".join(f"old.{name} = new.{name}" for name in _quoted(self.key))
        rows = _recordset(self.table, self.names, place)
        return f"UPDATE {_quote(self.table.name)} AS old SET {changes} FROM {rows} WHERE {same}"


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows to insert, or to update where their `key` is known.

    With `newer`, a column that tells the newer of two rows, an older row changes nothing, nor does an equal one. With
    `rising`, a column that only rises, a row in which it has not risen changes nothing, whatever else is in the row.
    """

    table: Table
    names: Names
    key: Names
    newer: str = ""
    rising: str = ""
    returning: Names = ()

    def sql(self, place: int = 1) -> str:
        names = tuple(_quoted(n for n in self.names if n not in self.key))
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        update = f" ON CONFLICT ({', '.join(_quoted(self.key))}) DO UPDATE SET {changes}"
        return f"{_inserted(self.table, self.names, place)}{update}{self._newer(names)}{_returned(self.returning)}"

    def _newer(self, names: Names) -> str:
        if self.rising:
            return f" WHERE old.{_quote(self.rising)} < excluded.{_quote(self.rising)}"
        if not self.newer:
            return ""
        old, new = (", ".join(f"{where}.{name}" for name in names) for where in ("old", "excluded"))
        column = _quote(self.newer)
        return f" WHERE old.{column} <= excluded.{column} AND ({old}) IS DISTINCT FROM ({new})"


Statement = Insert | Update | Upsert


def table_of(target: Target) -> Table:
    """The table of a model, or the table itself."""
    table = target if isinstance(target, Table) else target.__table__
    assert isinstance(table, Table)
    return table


@lru_cache(maxsize=512)
def sql_of(statements: tuple[Statement, ...], guard: str = "") -> str:
    """One statement that does all of these, each from a JSON document of its own.

    With a `guard`, a function that may refuse the value behind the documents, the last of these is an insert.
    """
    *others, last = (statement.sql(place) for place, statement in enumerate(statements, 1))
    # Among the sources of the rows a function is called once, however many rows there are.
    guarded = f"{last}, {guard}(${len(statements) + 1})" if guard else last
    parts = ", ".join(f"s{place} AS ({sql})" for place, sql in enumerate(others))
    return f"WITH {parts} {guarded}" if others else guarded


def document_of(rows: Sequence[Any]) -> str:
    """The rows as the JSON document that a statement takes."""
    return orjson.dumps(rows, default=_in_postgresql).decode()


def _inserted(table: Table, names: Names, place: int) -> str:
    columns = ", ".join(_quoted(names))
    return (
        f"INSERT INTO {_quote(table.name)} AS old ({columns}) SELECT {columns} FROM {_recordset(table, names, place)}"
    )


def _recordset(table: Table, names: Names, place: int) -> str:
    typed = ", ".join(f"{_quote(name)} {_type(table.c[name].type)}" for name in names)
    return f"json_to_recordset(${place}) AS new ({typed})"


def _returned(names: Names) -> str:
    return f" RETURNING {', '.join(f'old.{name}' for name in _quoted(names))}" if names else ""


def _quoted(names: Iterable[str]) -> Iterable[str]:
    return map(_quote, names)


def _quote(name: str) -> str:
    return DIALECT.identifier_preparer.quote(name)


def _type(kind: TypeEngine[Any]) -> str:
    # A cast to varchar(n) would cut a long text silently; the column itself refuses it.
    return "text" if isinstance(kind, String) and not isinstance(kind, Enum) else str(kind.compile(DIALECT))


def _in_postgresql(value: Any) -> Any:
    """A value that orjson cannot write, in PostgreSQL's own spelling."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Decimal | UUID):  # asyncpg has a UUID class of its own
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")
