"""A transaction of one service at one moment: statements on sets of rows, and events staged with the change."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, TypeVarTuple, overload

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable
from sqlalchemy.sql.elements import SQLColumnExpression
from sqlalchemy.sql.selectable import TypedReturnsRows

from shared import outbox
from shared.clock import TICK, Clock
from shared.db.statements import Insert, Statement, Target, Update, Upsert, document_of, sql_of, table_of
from shared.events import Event, Fact, event_of
from shared.settings.process import Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

State = TypeVar("State")
A = TypeVar("A")
B = TypeVar("B")
R = TypeVar("R", bound="DataclassInstance")
Ts = TypeVarTuple("Ts")
Rows = Sequence[Mapping[str, Any]]
Column = SQLColumnExpression
Columns = tuple[Column[Any], ...]


class Tx(Generic[State]):
    """One transaction of one service at one moment; facts staged in it are published only if it commits.

    What is written and gives nothing back is buffered until the next statement or the commit, and then is one
    statement. A transaction that only writes is a single statement, which PostgreSQL commits by itself.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        driver: "asyncpg.Connection",
        *,
        now: datetime,
        clock: Clock,
        settings: Settings,
        state: State,
        promises: frozenset[str] = frozenset(),
        reads: bool = False,
    ) -> None:
        self.connection, self.settings, self.state = connection, settings, state
        # `now` is the moment of the whole transaction; `clock` is for what happens after a wait for a lock.
        self.now, self.clock = now, clock
        # True on the second try, after a unique violation: the action then looks for existing rows first.
        self.is_retry = False
        self.staged: list[Event[Any]] = []
        self.woken: set[str] = set()
        self._driver = driver
        # The topics whose progress is promised, and whether anything that is staged for them has a moment of its own.
        self._promises, self._dated = promises, False
        self._begun = self._holds = False
        self._reads = reads  # Without BEGIN and COMMIT: each statement sees what is committed, as it would with them.
        # Rows with the same columns go in together, in their order.
        self._writes: dict[Statement, list[Mapping[str, Any]]] = {}

    @overload
    async def execute(self, statement: TypedReturnsRows[*Ts], values: Any = None) -> CursorResult[*Ts]: ...
    @overload
    async def execute(self, statement: Executable | str, values: Any = None) -> CursorResult[*tuple[Any, ...]]: ...
    async def execute(self, statement: Executable | str, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement; plain SQL is taken as text with `:name` values."""
        await self._begin()
        return await self.connection.execute(text(statement) if isinstance(statement, str) else statement, values)

    async def records(self, of: type[R], statement: Executable | str, values: Any = None) -> list[R]:
        """Run one statement; each of its rows as one of these dataclasses, whose fields are its columns in their order.

        Raises TypeError for other columns.
        """
        result = await self.execute(statement, values)
        columns, names = tuple(result.keys()), tuple(field.name for field in fields(of))
        if columns != names:
            raise TypeError(f"the columns {columns} are not the fields of {of.__name__}: {names}")
        return [of(*row) for row in result]

    @overload
    async def insert(self, into: Target, rows: Rows, *, skip_known: bool | str = False) -> list[None]: ...
    @overload
    async def insert(
        self, into: Target, rows: Rows, *, skip_known: bool | str = False, returning: Column[A]
    ) -> list[A]: ...
    @overload
    async def insert(
        self, into: Target, rows: Rows, *, skip_known: bool | str = False, returning: tuple[Column[A], Column[B]]
    ) -> list[tuple[A, B]]: ...
    @overload
    async def insert(
        self, into: Target, rows: Rows, *, skip_known: bool | str = False, returning: Columns
    ) -> list[tuple[Any, ...]]: ...
    async def insert(
        self,
        into: Target,
        rows: Rows,
        *,
        skip_known: bool | str = False,
        returning: Column[Any] | tuple[Column[Any], ...] = (),
    ) -> list[Any]:
        """Insert all rows with one statement; each row has the same columns.

        Gives, for each inserted row, the column `returning`, or the columns as a tuple. `skip_known` leaves out the
        rows that are there; a text says by which columns they are known.
        """
        if not rows:
            return []
        insert = Insert(table_of(into), _names(into, rows), skip_known, _keys(returning))
        return await (self._fetch(insert, rows, returning) if insert.returning else self._write(insert, rows))

    async def update(self, table: Target, rows: Rows, *, key: str | Sequence[str]) -> None:
        """Update the rows with these keys to these values.

        Lock the rows before, in the order of their keys, so that two transactions wait for one another.
        """
        if rows:
            await self._write(Update(table_of(table), _names(table, rows), _key(key)), rows)

    @overload
    async def upsert(
        self,
        table: Target,
        rows: Rows,
        *,
        key: str | Sequence[str],
        newer: str = "",
        rising: str = "",
        returning: Column[A],
    ) -> list[A]: ...
    @overload
    async def upsert(
        self,
        table: Target,
        rows: Rows,
        *,
        key: str | Sequence[str],
        newer: str = "",
        rising: str = "",
        returning: Columns,
    ) -> list[tuple[Any, ...]]: ...
    @overload
    async def upsert(
        self, table: Target, rows: Rows, *, key: str | Sequence[str], newer: str = "", rising: str = ""
    ) -> list[None]: ...
    async def upsert(
        self,
        table: Target,
        rows: Rows,
        *,
        key: str | Sequence[str],
        newer: str = "",
        rising: str = "",
        returning: Column[Any] | tuple[Column[Any], ...] = (),
    ) -> list[Any]:
        """Insert these rows, or update those whose key is known; gives `returning` of the rows that were written.

        With `newer`, a column that tells the newer of two rows, an older row changes nothing, nor does an equal one.
        With `rising`, a column that only rises, a row in which it has not risen changes nothing at all.
        Rows go in sorted by their key, so that two replicas with the same rows wait for one another.
        """
        if not rows:
            return []
        names = _key(key)
        ordered = sorted(rows, key=lambda row: tuple(row[name] for name in names))
        upsert = Upsert(table_of(table), _names(table, rows), names, newer, rising, _keys(returning))
        return await (self._fetch(upsert, ordered, returning) if upsert.returning else self._write(upsert, ordered))

    async def _write(self, statement: Statement, rows: Rows) -> list[Any]:
        """Buffer these rows; first send what was buffered for their table, if one statement would not do the same."""
        if not all(_may_join(statement, other) for other in self._writes if other.table is statement.table):
            await self._begin()
        self._writes.setdefault(statement, []).extend(rows)
        return []

    async def _fetch(self, statement: Statement, rows: Rows, returning: object) -> list[Any]:
        await self._begin()
        found = await self._send({statement: rows})
        return [tuple(row) for row in found] if isinstance(returning, tuple) else [row[0] for row in found]

    async def _begin(self) -> None:
        if not self._begun and not self._reads:
            self._begun = True  # Set before BEGIN is sent: what fails meanwhile is rolled back too.
            await self._driver.execute("BEGIN")
        await self._flush()

    async def _flush(self, guard: str = "") -> None:
        if self._writes:
            writes, self._writes = self._writes, {}
            await self._send(writes, guard)

    async def _send(self, statements: Mapping[Any, Rows], guard: str = "") -> Sequence[Any]:
        # One JSON document each, straight to the driver: a quarter of the processor time of arrays through SQLAlchemy.
        if self._reads:
            raise TypeError("a transaction that only reads cannot write")
        values = [*map(document_of, statements.values()), *([self.now] if guard else [])]
        with _without_values():
            found: Sequence[Any] = await self._driver.fetch(sql_of(tuple(statements), guard), *values)
        return found

    async def end(self) -> None:
        """Commit everything, staged events included; `Database.begin` calls this.

        Raises SerializationError where staged events have a moment that was promised to be over.
        """
        guard = ""
        if self.staged:
            if any(event.fact.topic in self._promises for event in self.staged) and not self._holds:
                guard = await self._keep_promise()
            await self.insert(outbox.OUTBOX, outbox.rows_of(self.staged))
            self.wake(outbox.RELAY)
        await self._flush(guard)
        if self._begun:
            await self._driver.execute("COMMIT")

    async def _keep_promise(self) -> str:
        """Give the events a moment that was not promised; the guard of a single statement, which is refused instead."""
        if not self._begun:
            return outbox.GUARD
        before = self.now
        await self.hold_promise()
        if self.now > before:
            if self._dated:  # The rows have that moment too: all of the work must be done again.
                raise asyncpg.SerializationError(f"promised up to {self.now - TICK}")
            self.staged = [self._later(event) for event in self.staged]
        return ""

    def _later(self, event: Event[Any]) -> Event[Any]:
        return replace(event, time=self.now) if event.fact.topic in self._promises else event

    async def hold_promise(self) -> None:
        """Let nothing more be promised before the commit; `now` becomes a moment that was not promised."""
        if not self._begun:
            await self._begin()
        promised: datetime = await self._driver.fetchval(outbox.HOLD)
        self.now, self._holds = max(self.now, promised + TICK), True

    async def undo(self) -> None:
        """Roll back; a connection on which that fails is given up, for it may still be in its transaction."""
        try:
            if self._begun:
                await self._driver.execute("ROLLBACK")
        except BaseException:
            await self.connection.invalidate()
            raise

    def stage(self, *facts: Fact, at: datetime | None = None) -> None:
        """Have these facts published, as of this transaction's moment or another, once it has committed.

        A promise binds the moment of staging, never `at`: what is told of the past may always be told.
        """
        self._dated |= at is not None and any(fact.topic in self._promises for fact in facts)
        self.staged.extend(event_of(fact, at or self.now) for fact in facts)

    def wake(self, loop: str) -> None:
        """Have the loop of this name, a timer or `relay`, take its next turn at once after the commit."""
        self.woken.add(loop)


@contextmanager
def _without_values() -> Iterator[None]:
    """Errors without their detail, which repeats the row and must not stand in a log."""
    try:
        yield
    except asyncpg.PostgresError as error:
        error.detail = None
        raise


def _names(target: Target, rows: Rows) -> tuple[str, ...]:
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows for {table_of(target).name} differ in their columns")
    return tuple(rows[0])


def _may_join(later: Statement, earlier: Statement) -> bool:
    """Whether one statement can do both to one table, in any order: an update leaves its keys alone."""
    if not isinstance(later, Insert) or isinstance(earlier, Upsert):
        return False
    return isinstance(earlier, Update) or not (earlier.skip_known or later.skip_known)


def _key(key: str | Sequence[str]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


def _keys(columns: Column[Any] | tuple[Column[Any], ...]) -> tuple[str, ...]:
    listed: tuple[Any, ...] = columns if isinstance(columns, tuple) else (columns,)
    return tuple(str(column.key) for column in listed)
