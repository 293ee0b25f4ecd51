"""One transaction, rows by the batch, and telling an outage from a mistake."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import psutil
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

from services.settings import Settings
from shared.db.database import Database
from shared.db.outages import is_outage
from shared.local.postgres import Postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from shared.service import RunningService
from tests.services import MONDAY
from tests.shared.toy import fact, rows, toy_site

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


async def make(service: RunningService, table: Table) -> None:
    async with service.db.engine.begin() as connection:
        await connection.run_sync(table.create)


async def test_rows_of_every_type_are_read_back_unchanged(service: RunningService) -> None:
    await make(service, EVERY_TYPE)
    nulls = dict.fromkeys(full_row())
    put = [full_row(), nulls, full_row()]
    async with service.begin() as tx:
        given = await tx.insert(EVERY_TYPE, put, returning=EVERY_TYPE.c.id)
    assert given == [row["id"] for row in put]
    async with service.begin() as tx:
        assert [dict(row._mapping) for row in await tx.execute(EVERY_TYPE.select())] == put
    assert await rows(service, 'SELECT extra IS NULL FROM "order"') == [(False,), (True,), (False,)]


async def test_columns_of_nulls_only_are_inserted(service: RunningService) -> None:
    await make(service, EVERY_TYPE)
    async with service.begin() as tx:
        await tx.insert(EVERY_TYPE, [{"id": None, "extra": None, "raw": None, "at": None}] * 2)
    assert await rows(service, 'SELECT count(*) FROM "order"') == [(2,)]


async def test_a_text_that_is_too_long_is_refused(service: RunningService) -> None:
    await make(service, EVERY_TYPE)
    with pytest.raises(asyncpg.DataError, match="too long"):
        async with service.begin() as tx:
            await tx.insert(EVERY_TYPE, [{"short": "abcd"}])


async def test_rows_with_different_columns_are_refused(service: RunningService) -> None:
    with pytest.raises(ValueError, match="differ"):
        async with service.begin() as tx:
            await tx.insert(EVERY_TYPE, [{"n": 1}, {"n": 1, "small": 2}])


async def test_an_array_column_keeps_its_arrays(service: RunningService) -> None:
    table = Table("arrays", MetaData(), Column("codes", ARRAY(Text)))
    await make(service, table)
    async with service.begin() as tx:
        await tx.insert(table, [{"codes": ["a", None]}, {"codes": []}, {"codes": None}])
    assert await rows(service, "SELECT codes FROM arrays") == [(["a", None],), ([],), (None,)]


async def test_inserting_no_rows_sends_no_statement(service: RunningService) -> None:
    statements: list[str] = []
    async with service.begin() as tx:
        event.listen(service.db.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
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
    await make(service, table)
    for turn in range(2):
        for n in range(150):
            async with service.begin() as tx:
                await tx.insert(table, [{f"c{n}": turn}])
    assert await rows(service, "SELECT count(*) FROM many") == [(300,)]


async def test_a_table_altered_by_a_newer_release_works_at_the_second_try(service: RunningService) -> None:
    async with service.begin() as tx:
        await tx.execute("SELECT * FROM kept")
    async with service.begin() as tx:
        await tx.execute("ALTER TABLE kept ADD COLUMN more text")
    stale = await failure(service, "SELECT * FROM kept")
    assert stale is not None
    assert is_outage(stale)
    assert await failure(service, "SELECT * FROM kept") is None


async def test_a_failed_transaction_leaves_nothing(service: RunningService) -> None:
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await tx.execute("INSERT INTO kept VALUES ('x')")
            raise RuntimeError
    assert await rows(service, "SELECT * FROM kept") == []


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELEC", {}),
        ("SELECT 1/0", {}),
        ("SELECT CAST(:x AS int)", {"x": "a"}),
        ("SELECT CAST(:x AS bigint)", {"x": 2**70}),
        ("SELECT CAST(:x AS text)", {"x": "a\x00"}),
        ("SELECT CAST(:x AS text)", {"x": "\ud800"}),
        ("SELECT * FROM nothing", {}),
        ("INSERT INTO inbox VALUES (NULL)", {}),
    ],
)
async def test_a_mistake_is_not_an_outage(service: RunningService, sql: str, values: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with service.begin() as tx:
            await tx.execute(sql, values)
    assert not is_outage(caught.value)


@pytest.mark.parametrize("state", ["57P03", "53300", "40001", "40P01", "25006", "58030"])
async def test_a_passing_database_error_is_an_outage(service: RunningService, state: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with service.begin() as tx:
            await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
    assert is_outage(caught.value)


async def test_a_killed_connection_is_an_outage_and_the_next_transaction_works(service: RunningService) -> None:
    with pytest.raises(Exception) as caught:
        async with service.begin() as tx:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_outage(caught.value)
    assert await rows(service, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("url", ["postgresql+asyncpg://a@127.0.0.1:1/x", "postgresql+asyncpg://a@nosuch.invalid/x"])
async def test_an_unreachable_server_is_an_outage(service: RunningService, url: str) -> None:
    unreachable = replace(service, db=Database(url))
    with pytest.raises(OSError) as caught:
        async with unreachable.begin():
            pass
    assert is_outage(caught.value)


Own = tuple[Postgres, RunningService]


@pytest.fixture
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Own]:
    """A server that a test may end or freeze, and the toy's service on it."""
    with Postgres(tmp_path_factory.mktemp("own"), {"listen_addresses": ""}) as server:
        server.start()
        async with toy_site(server.url(), "toy") as service:
            yield server, service


async def test_a_restarted_server_is_used_again_after_at_most_one_failure_per_connection(own: Own) -> None:
    server, service = own
    async with service.begin() as one, service.begin() as two:
        await one.execute("SELECT 1")
        await two.execute("SELECT 1")
    server.kill()
    failures = [await failure(service) for _ in range(3)]
    assert all(error is not None and is_outage(error) for error in failures)
    server.restart()
    assert await failure(service) is None


async def test_a_caller_can_stop_waiting_for_a_frozen_server(own: Own) -> None:
    server, service = own
    assert await failure(service) is None
    with frozen(server):
        for _ in range(2):  # The first on the connection that was kept, the second on a new one.
            asked = asyncio.create_task(failure(service))
            await asyncio.wait([asked], timeout=0.5)
            asked.cancel()
            await asyncio.wait_for(asyncio.wait([asked]), 30)
    assert await failure(service) is None


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """The server and all its backends stand still, as behind a network that has gone."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


async def test_connections_opened_in_a_burst_are_closed_again(service: RunningService) -> None:
    async def work() -> None:
        async with service.begin() as tx:
            await tx.execute("SELECT pg_sleep(0.01)")

    await asyncio.gather(*(work() for _ in range(40)))
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(30):  # A backend takes a moment to be gone.
        while (await rows(service, others))[0][0] > 2:  # of a pool of three, and one asks
            pass


async def test_an_insert_error_does_not_repeat_the_row(service: RunningService) -> None:
    with pytest.raises(asyncpg.NotNullViolationError) as refused:
        async with service.begin() as tx:
            await tx.insert(service.definition.tables.tables["notes"], [{"complaint_id": X, "step": None}])
    assert str(X) not in str(refused.value) and "step" in str(refused.value)


async def failure(service: RunningService, sql: str = "SELECT 1") -> Exception | None:
    try:
        async with service.begin() as tx:
            await tx.execute(sql)
    except Exception as error:
        return error
    return None


async def test_a_database_error_does_not_repeat_its_values(service: RunningService) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with service.begin() as tx:
            await tx.execute("SELECT CAST(:words AS text), 1 / CAST(:number AS int)", {"words": "Siti", "number": 0})
    assert "division by zero" in str(refused.value)
    assert "Siti" not in str(refused.value)


async def test_a_service_cannot_read_the_tables_of_another(
    service: RunningService, cluster: Postgres, empty: str
) -> None:
    await create_roles(cluster.url(), empty, ["stranger"])
    stranger = replace(service, db=Database(cluster.url(empty, "stranger")))
    for forbidden in ("SELECT * FROM toy.notes", "CREATE TABLE toy.x ()", "CREATE TABLE public.x ()"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with stranger.begin() as tx:
                await tx.execute(forbidden)
    await stranger.db.close()


@pytest.mark.parametrize("name", ALL)
async def test_no_service_can_read_or_write_the_tables_of_another(name: str, settings: Settings) -> None:
    db = Database(settings.database_url(name))
    for other in {*ALL} - {name}:
        for forbidden in (f"SELECT FROM {other}.outbox", f"DELETE FROM {other}.inbox"):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with db.engine.begin() as connection:
                    await connection.execute(text(forbidden))
    await db.close()


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
        told = (await tx.execute("SELECT complaint_id FROM notes")).one()
        tx.stage(fact(given), *(fact(row.complaint_id) for row in (read, told)))
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

    async def work(asks: bool) -> None:
        async with service.begin() as tx:
            if asks:
                await tx.execute("SELECT 1")
            await tx.insert(kept, [{"words": "x"}])

    for moment in range(240):
        working = asyncio.create_task(work(asks=moment % 3 > 0))
        for _ in range(moment % 40):
            await asyncio.sleep(0)
        working.cancel()
        for _ in range(moment % 5):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await work(asks=False)  # on the same connection, where an open transaction must not swallow it
    async with service.db.engine.connect() as elsewhere:  # A connection of its own sees only what is durable.
        assert (await elsewhere.execute(text("SELECT count(*) FROM kept"))).scalar_one() >= 240
    for _ in range(20):
        assert await failure(service) is None
