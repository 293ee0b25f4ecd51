"""Transactions: rows of every type, all or nothing, and no trace of a cancelled one."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    event,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from shared.db.transaction import Tx
from shared.service import RunningService
from tests.services import MONDAY
from tests.shared.toy import fact, failure, rows

X = UUID(int=1)
EVERY_TYPE = Table(
    "order",  # a word that must be quoted
    MetaData(),
    Column("id", Uuid),
    Column("user", Text),
    Column("n", BigInteger),
    Column("small", Integer),
    Column("yes", Boolean),
    Column("at", DateTime(timezone=True)),
    Column("day", Date),
    Column("raw", LargeBinary),
    Column("amount", Numeric(10, 2)),
    Column("extra", JSONB),
    Column("short", String(3)),
)


def full_row() -> dict[str, Any]:
    return {
        "id": uuid4(), "user": "Siti é\\ {NULL}", "n": 2**62, "small": -1, "yes": True, "at": MONDAY,
        "day": MONDAY.date(), "raw": b"\x00\xff", "amount": Decimal("1.25"), "extra": {"a": [1, None, "é"]},
        "short": "abc",
    }  # fmt: skip


async def create(service: RunningService, table: Table) -> None:
    async with service.db.engine.begin() as connection:
        await connection.run_sync(table.create)


async def test_rows_of_every_type_are_read_back_unchanged(service: RunningService) -> None:
    await create(service, EVERY_TYPE)
    nulls = dict.fromkeys(full_row())
    rows_in = [full_row(), nulls, full_row()]
    async with service.begin() as tx:
        given = await tx.insert(EVERY_TYPE, rows_in, returning=EVERY_TYPE.c.id)
    assert given == [row["id"] for row in rows_in]
    async with service.begin() as tx:
        assert [dict(row._mapping) for row in await tx.execute(EVERY_TYPE.select())] == rows_in
    assert await rows(service, 'SELECT extra IS NULL FROM "order"') == [(False,), (True,), (False,)]


async def test_columns_of_nulls_only_are_inserted(service: RunningService) -> None:
    await create(service, EVERY_TYPE)
    async with service.begin() as tx:
        await tx.insert(EVERY_TYPE, [{"id": None, "extra": None, "raw": None, "at": None}] * 2)
    assert await rows(service, 'SELECT count(*) FROM "order"') == [(2,)]


async def test_a_text_that_is_too_long_is_refused(service: RunningService) -> None:
    await create(service, EVERY_TYPE)
    with pytest.raises(asyncpg.DataError, match="too long"):
        async with service.begin() as tx:
            await tx.insert(EVERY_TYPE, [{"short": "abcd"}])


async def test_rows_with_different_columns_are_refused(service: RunningService) -> None:
    with pytest.raises(ValueError, match="differ"):
        async with service.begin() as tx:
            await tx.insert(EVERY_TYPE, [{"n": 1}, {"n": 1, "small": 2}])


async def test_an_array_column_keeps_its_arrays(service: RunningService) -> None:
    table = Table("arrays", MetaData(), Column("codes", ARRAY(Text)))
    await create(service, table)
    async with service.begin() as tx:
        await tx.insert(table, [{"codes": ["a", None]}, {"codes": []}, {"codes": None}])
    assert await rows(service, "SELECT codes FROM arrays") == [(["a", None],), ([],), (None,)]


async def test_inserting_no_rows_sends_no_statement(service: RunningService) -> None:
    statements: list[str] = []
    async with service.begin() as tx:
        event.listen(
            service.db._autocommit.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2])
        )
        assert await tx.insert(EVERY_TYPE, [], returning=EVERY_TYPE.c.id) == []
    assert statements == []


async def test_the_next_statement_sees_inserted_rows(service: RunningService) -> None:
    notes, kept = (service.definition.tables.tables[name] for name in ("notes", "kept"))
    async with service.begin() as tx:
        await tx.insert(notes, [{"complaint_id": X, "step": 1}])
        await tx.insert(kept, [{"words": "x"}])
        seen = "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM kept)"
        assert tuple((await tx.execute(seen)).one()) == (1, 1)
        await tx.insert(notes, [{"complaint_id": X, "step": 2}])
        assert (await tx.execute("SELECT count(*) FROM notes")).scalar_one() == 2


async def test_rows_are_inserted_in_order_across_calls(service: RunningService) -> None:
    notes = service.definition.tables.tables["notes"]
    async with service.begin() as tx:
        for step in range(20):
            await tx.insert(notes, [{"complaint_id": X, "step": step}])
            tx.stage(fact(X, step))
    assert await rows(service, "SELECT step FROM notes ORDER BY seq") == [(step,) for step in range(20)]


async def test_a_transaction_of_inserts_is_all_or_nothing(service: RunningService) -> None:
    notes, kept = (service.definition.tables.tables[name] for name in ("notes", "kept"))
    for broken in ([{"complaint_id": X, "step": None}], [{"complaint_id": X, "step": 1}] * 2):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with service.begin() as tx:
                await tx.insert(kept, [{"words": "x"}])
                await tx.insert(notes, broken)
                tx.stage(fact(X))
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await tx.insert(kept, [{"words": "x"}])
            raise RuntimeError
    assert await rows(service, "SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM outbox)") == [(0, 0)]


async def test_more_statements_than_the_statement_cache_holds_still_work(service: RunningService) -> None:
    table = Table("many", MetaData(), *(Column(f"c{n}", Integer) for n in range(150)))
    await create(service, table)
    for turn in range(2):
        for n in range(150):
            async with service.begin() as tx:
                await tx.insert(table, [{f"c{n}": turn}])
    assert await rows(service, "SELECT count(*) FROM many") == [(300,)]


async def test_a_failed_transaction_leaves_nothing(service: RunningService) -> None:
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await tx.execute("INSERT INTO kept VALUES ('x')")
            raise RuntimeError
    assert await rows(service, "SELECT * FROM kept") == []


async def test_connections_opened_in_a_burst_are_closed_again(service: RunningService) -> None:
    async def work() -> None:
        async with service.begin() as tx:
            await tx.execute("SELECT pg_sleep(0.01)")

    await asyncio.gather(*(work() for _ in range(40)))
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(30):  # A backend needs a moment to end.
        while (await rows(service, others))[0][0] > 2:  # the pool has three, and one runs this query
            pass


async def test_readers_leave_connections_to_the_others(service: RunningService) -> None:
    reading: list[int] = [0, 0]

    async def look(tx: Tx[Any]) -> None:
        reading[0] += 1
        reading[1] = max(reading)
        await tx.execute("SELECT pg_sleep(0.01)")
        reading[0] -= 1

    await asyncio.gather(*(service.read(look) for _ in range(40)))
    assert reading == [0, max(2, service.settings.database_pool // 2)]


async def test_an_error_of_a_set_statement_does_not_repeat_the_row(service: RunningService) -> None:
    notes, bad = service.definition.tables.tables["notes"], [{"complaint_id": X, "step": None}]
    for attempt in (lambda tx: tx.insert(notes, bad), lambda tx: tx.update(notes, bad, key="complaint_id")):
        with pytest.raises(asyncpg.NotNullViolationError) as refused:
            async with service.begin() as tx:
                await tx.insert(notes, [{"complaint_id": X, "step": 1}])
                await attempt(tx)
        assert str(X) not in str(refused.value) and "step" in str(refused.value)


async def test_a_database_error_does_not_repeat_its_values(service: RunningService) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with service.begin() as tx:
            await tx.execute("SELECT CAST(:words AS text), 1 / CAST(:number AS int)", {"words": "Siti", "number": 0})
    assert "division by zero" in str(refused.value)
    assert "Siti" not in str(refused.value)


async def test_a_transaction_takes_its_moment_from_the_clock(service: RunningService) -> None:
    async with service.begin() as tx:
        assert tx.now == MONDAY
    async with service.begin(datetime(2030, 1, 1, tzinfo=UTC)) as tx:
        assert tx.now.year == 2030


async def test_ids_read_from_a_row_can_be_staged_in_an_event(service: RunningService) -> None:
    notes = service.definition.tables.tables["notes"]
    async with service.begin() as tx:
        [given] = await tx.insert(notes, [{"complaint_id": uuid4(), "step": 1}], returning=notes.c.complaint_id)
        read = (await tx.execute(notes.select())).one()
        as_text = (await tx.execute("SELECT complaint_id FROM notes")).one()
        tx.stage(fact(given), *(fact(row.complaint_id) for row in (read, as_text)))
    assert await rows(service, "SELECT count(*) FROM outbox") == [(3,)]


async def test_cancelling_the_begin_of_a_transaction_leaves_the_connection_usable(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancelled(self: Any, query: str) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "execute", cancelled)
        with pytest.raises(asyncio.CancelledError):
            await failure(service)
    assert await failure(service) is None


async def test_cancelling_at_any_moment_leaves_no_open_transaction(
    service: RunningService,
) -> None:
    kept = service.definition.tables.tables["kept"]

    async def work(reads: bool) -> None:
        async with service.begin() as tx:
            if reads:
                await tx.execute("SELECT 1")
            await tx.insert(kept, [{"words": "x"}])

    for moment in range(240):
        working = asyncio.create_task(work(reads=moment % 3 > 0))
        for _ in range(moment % 40):
            await asyncio.sleep(0)
        working.cancel()
        for _ in range(moment % 5):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await work(reads=False)  # on the same connection; an open transaction would hide this commit
    async with service.db.engine.connect() as elsewhere:  # A separate connection sees only committed rows.
        assert (await elsewhere.execute(text("SELECT count(*) FROM kept"))).scalar_one() >= 240
    for _ in range(20):
        assert await failure(service) is None


async def test_one_task_after_a_burst_uses_one_connection(service: RunningService) -> None:
    await asyncio.gather(*(rows(service, "SELECT pg_sleep(0.01)") for _ in range(40)))
    backends = [await rows(service, "SELECT pg_backend_pid()") for _ in range(60)]
    assert len({pid for [(pid,)] in backends}) == 1


@dataclass(frozen=True, slots=True)
class Pair:
    first: int
    second: str | None


async def test_records_are_rows_whose_columns_are_the_fields_in_their_order(service: RunningService) -> None:
    async with service.begin() as tx:
        assert await tx.records(Pair, "SELECT 1 AS first, NULL AS second UNION ALL SELECT 2, 'b'") == [
            Pair(1, None),
            Pair(2, "b"),
        ]
        for columns in ("'b' AS second, 1 AS first", "1 AS first", "1 AS first, 'b' AS second, 3 AS third"):
            with pytest.raises(TypeError, match="not the fields of Pair"):
                await tx.records(Pair, f"SELECT {columns}")
