"""Set statements: `update` and `upsert` write many rows at once, with the types of the model."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from shared.service import RunningService
from tests.services import MONDAY
from tests.shared.toy import fact, rows

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("order", SmallInteger, primary_key=True),  # a word that must be quoted
    Column("words", Text),
    Column("at", DateTime(timezone=True)),
    Column("extra", JSONB),
    Column("codes", ARRAY(Text)),
    Column("moments", ARRAY(DateTime(timezone=True))),
    Column("raw", LargeBinary),
    Column("n", BigInteger),
)
X, Y = UUID(int=1), UUID(int=2)
KEY = ("id", "order")


def thing(id: UUID = X, order: int = 1, **values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("words", "at", "extra", "codes", "moments", "raw", "n"))
    return {"id": id, "order": order, **empty, **values}


@pytest.fixture
async def things(service: RunningService[None]) -> RunningService[None]:
    async with service.db.engine.begin() as connection:
        await connection.run_sync(THINGS.create)
    return service


async def found(service: RunningService[None]) -> list[dict[str, Any]]:
    async with service.begin() as tx:
        listed = await tx.execute(THINGS.select().order_by(THINGS.c.id, THINGS.c.order))
        return [dict(row._mapping) for row in listed]


async def test_an_update_writes_every_type_and_only_the_rows_of_its_keys(things: RunningService[None]) -> None:
    changed = thing(
        X, 2, words="é\\ {NULL}", at=MONDAY, extra={"a": [1, None]}, codes=["a", None], moments=[MONDAY],
        raw=b"\x00\xff", n=2**62,
    )  # fmt: skip
    async with things.begin() as tx:
        await tx.insert(THINGS, [thing(X, 1, words="a"), thing(X, 2, words="b"), thing(Y, 2, words="c")])
        await tx.update(THINGS, [changed, thing(Y, 9)], key=KEY)
    assert await found(things) == [thing(X, 1, words="a"), changed, thing(Y, 2, words="c")]


async def test_an_update_changes_only_the_named_columns(things: RunningService[None]) -> None:
    async with things.begin() as tx:
        await tx.insert(THINGS, [thing(words="a", n=1)])
        await tx.update(THINGS, [{"n": 2, "id": X, "order": 1}], key=KEY)
    assert await found(things) == [thing(words="a", n=2)]


async def test_an_upsert_inserts_or_updates_and_returns_what_it_wrote(things: RunningService[None]) -> None:
    async with things.begin() as tx:
        await tx.insert(THINGS, [thing(X, words="a")])
        given = [thing(Y, words="c"), thing(X, words="b")]
        assert await tx.upsert(THINGS, given, key=KEY, returning=THINGS.c.id) == [X, Y]
    assert [row["words"] for row in await found(things)] == ["b", "c"]


@pytest.mark.parametrize(
    ("late", "words", "written"), [(-1, "b", []), (0, "a", []), (0, "b", [X]), (1, "a", [X]), (1, "b", [X])]
)
async def test_an_older_or_equal_row_changes_nothing(
    things: RunningService[None], late: int, words: str, written: Sequence[UUID]
) -> None:
    known, new = thing(words="a", at=MONDAY), thing(words=words, at=MONDAY + timedelta(microseconds=late))
    async with things.begin() as tx:
        await tx.insert(THINGS, [known])
        assert await tx.upsert(THINGS, [new], key=KEY, newer="at", returning=THINGS.c.id) == written
    assert await found(things) == [new if written else known]


@pytest.mark.parametrize(("rise", "written"), [(-1, []), (0, []), (1, [X])])
async def test_a_row_that_has_not_risen_changes_nothing_whatever_else_is_in_it(
    things: RunningService[None], rise: int, written: Sequence[UUID]
) -> None:
    known, new = thing(words="a", n=1), thing(words="b", n=1 + rise)
    async with things.begin() as tx:
        await tx.insert(THINGS, [known])
        assert await tx.upsert(THINGS, [new], key=KEY, rising="n", returning=THINGS.c.id) == written
    assert await found(things) == [new if written else known]


async def test_no_rows_send_no_statement(things: RunningService[None]) -> None:
    async with things.begin() as tx:
        await tx.update(THINGS, [], key=KEY)
        assert await tx.upsert(THINGS, [], key=KEY) == []
        assert not tx._begun


async def test_several_returned_columns_are_tuples(things: RunningService[None]) -> None:
    async with things.begin() as tx:
        given = await tx.insert(THINGS, [thing(words="a")], returning=(THINGS.c.id, THINGS.c.words))
    assert given == [(X, "a")]


async def test_writes_of_several_tables_are_one_statement(
    things: RunningService[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = things.definition.tables.tables["kept"]
    sent: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted_fetch(self: asyncpg.Connection, statement: str, *values: Any, **more: Any) -> Any:
        sent.append(statement)
        return await fetch(self, statement, *values, **more)

    async with things.begin() as tx:
        await tx.insert(THINGS, [thing(words="a")])
    monkeypatch.setattr(asyncpg.Connection, "fetch", noted_fetch)
    async with things.begin() as tx:
        await tx.update(THINGS, [thing(words="b")], key=KEY)
        await tx.insert(kept, [{"words": "x"}])
        tx.stage(fact(X))
        assert not tx._begun
    monkeypatch.undo()
    assert len(sent) == 1, sent
    assert [row["words"] for row in await found(things)] == ["b"]
    assert await rows(things, "SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM outbox)") == [(1, 1)]


async def test_writes_of_one_table_take_place_in_their_order(things: RunningService[None]) -> None:
    async with things.begin() as tx:
        await tx.insert(THINGS, [thing(words="a")])
        await tx.update(THINGS, [thing(words="b")], key=KEY)
        await tx.update(THINGS, [thing(words="c")], key=KEY)
        await tx.update(THINGS, [{"n": 5, "id": X, "order": 1}], key=KEY)
        await tx.upsert(THINGS, [thing(words="d", n=6), thing(Y, words="y")], key=KEY, rising="n")
        await tx.insert(THINGS, [thing(words="e"), thing(Y, 2, words="z")], skip_known=True)
        await tx.update(THINGS, [thing(Y, words="last")], key=KEY)
    assert [(row["words"], row["n"]) for row in await found(things)] == [("d", 6), ("last", None), ("z", None)]
