"""Migrations: they create the tables of the models, run once, and keep the rows of older releases."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Table, text

from shared import migrate
from shared.db.database import Database
from shared.local.postgres import Postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from tests.services import definition

ROOT = Path(__file__).parents[2]
CHECKS = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
CHECKS += " AND connamespace = current_schema()::regnamespace"
_numbers = count(1)


@pytest.fixture
async def blank(cluster: Postgres) -> AsyncIterator[str]:
    name = f"blank_{next(_numbers)}"
    await create_roles(cluster.url(), name, ALL)
    yield name
    admin = Database(cluster.url())
    async with admin.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await admin.close()


@pytest.mark.parametrize("name", ALL)
async def test_migrations_create_the_tables_that_the_models_expect(name: str, cluster: Postgres, blank: str) -> None:
    tables = definition(name).tables
    db = Database(cluster.url(blank, name))
    await migrate.upgrade(db.engine, name)
    async with db.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), tables))
        checks = {tuple(row) for row in await connection.execute(text(CHECKS))}
    await db.close()
    assert found == []
    # Alembic compares no checks.
    expected = {(table.name, check.name) for table in tables.sorted_tables for check in _checks(table)}
    assert checks == expected


def _checks(table: Table) -> list[CheckConstraint]:
    return [each for each in table.constraints if isinstance(each, CheckConstraint)]


@pytest.mark.parametrize("name", ALL)
def test_every_moment_of_a_complaint_is_held_readable(name: str) -> None:
    # `published_at` of an agency begins before all time; pauses lie between two moments that are held.
    exempt = {"published_at", "paused_at", "paused_until", "counted_at", "since"}
    # Outbox, inbox and `promised` are hot.
    hot = {"outbox", "inbox", "promised"}
    for table in (table for table in definition(name).tables.sorted_tables if table.name not in hot):
        held = " ".join(str(check.sqltext) for check in _checks(table))
        moments = {column.name for column in table.columns if "DATETIME" in repr(column.type).upper()} - exempt
        assert moments <= {word for word in moments if f"{word} BETWEEN" in held or f"ALL ({word})" in held}, table.name


@pytest.mark.parametrize("name", ALL)
async def test_two_processes_starting_together_migrate_once(name: str, cluster: Postgres, blank: str) -> None:
    given = {**os.environ, f"TANGGAP_{name.upper()}_DATABASE_URL": cluster.url(blank, name), "TANGGAP_SMTP_HOST": "x"}
    command = [sys.executable, "-m", "services", "migrate", name]
    started = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=given, stderr=-1) for _ in range(2)]
    ended = [await process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0], ended


@pytest.mark.parametrize(
    ("command", "name"), [((), "intake"), (("replay-parked", "sla"), "sla"), (("replay-parked", "routing"), "routing")]
)
async def test_a_start_on_old_tables_is_refused_with_one_sentence(
    command: tuple[str, ...], name: str, cluster: Postgres, blank: str
) -> None:
    urls = {f"{name}_database_url": cluster.url(blank, name) for name in ALL}
    result = await run(*command, **urls, migrate_at_start="false", smtp_host="x", port="0")
    reason = f"The tables of {name} are too old: run `python -m services migrate` first.\n"
    assert result == (2, reason.encode())


async def test_tables_of_a_later_release_are_left_unchanged(cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, "sla"))
    await migrate.upgrade(db.engine, "sla")
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await migrate.upgrade(db.engine, "sla")
    async with db.engine.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == ["9999"]
    await db.close()


async def run(*command: str, **changes: str) -> tuple[int | None, bytes]:
    given = {**os.environ, **{f"TANGGAP_{name.upper()}": value for name, value in changes.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", *command, cwd=ROOT, env=given, stderr=-1
    )
    errors = (await asyncio.wait_for(process.communicate(), 60))[1]
    return process.returncode, errors


HELD = {
    "intake": """
        INSERT INTO timeline (event_id, complaint_id, at, type, details)
        SELECT gen_random_uuid(), :id, now(), type, CAST(details AS jsonb)
          FROM (VALUES ('ComplaintForwarded', '{"transfers": 0}'), ('ComplaintForwarded', '{"transfers": 1}'),
                       ('FollowUpRecorded', '{}')) AS told (type, details);
        INSERT INTO standings VALUES (:id, 'Terdisposisi Sedang Diproses', '35.78', 'Kota Surabaya',
                                      '["resolution"]', 2)
    """,
    "sla": """
        INSERT INTO complaints (id, filed_at, holder, followed_up_at)
        VALUES (:id, '2026-01-05Z', '35.78', '2026-01-06Z'), (gen_random_uuid(), '2026-01-05Z', NULL, '2026-01-06Z'),
               (gen_random_uuid(), '2026-01-05Z', NULL, NULL);
        INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version,
                            due_at, next_step)
        SELECT :id, 'follow_up', cycle, '35.78', 'WIB', now(), 5, 'working', 1, now(), 1
          FROM generate_series(1, 3) AS cycle
    """,
    "notify": "INSERT INTO agencies VALUES ('35.78', 'Kota Surabaya', 'WIB')",
    "routing": "INSERT INTO agencies VALUES ('35.78', 'x')",
}
FOLLOWED_UP = '{"2026-01-06 00:00:00+00"}'
FOUND = {
    "intake": ("SELECT state, agency_name, transfers, missed, step FROM standings",
               [("IN_PROGRESS", "Kota Surabaya", 1, ["resolution"], 2)]),
    "sla": ("""SELECT holder, transfers, CAST(follow_ups AS text), confidential, (SELECT column_default
            FROM information_schema.columns WHERE column_name = 'confidential') FROM complaints ORDER BY 1, 3 DESC""",
            [("35.78", 2, FOLLOWED_UP, False, "true"), (None, None, "{}", False, "true"),
             (None, None, FOLLOWED_UP, False, "true")]),
    "notify": ("SELECT code, published_at < now() FROM agencies", [("35.78", True)]),
    "routing": ("SELECT digest, published_at < now() FROM agencies", [("x", True)]),
}  # fmt: skip
BACK = {
    "intake": "SELECT label, agency_name FROM standings",
    "sla": "SELECT CAST(followed_up_at AS text) FROM complaints ORDER BY 1",
    "notify": "SELECT code FROM agencies",
    "routing": "SELECT digest FROM agencies",
}
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

# A request that waits, one that was sent, and a message that need not reach anyone.
UNDER_WAY = """
INSERT INTO messages (event_id, recipient, channel, kind, complaint_id, about, template, details, state, next_try_at,
                      created_at)
SELECT gen_random_uuid(), recipient, 'email', 'seat', gen_random_uuid(), '35', template, '{}', state, now(), now()
FROM (VALUES ('a', 'to_verify', 'waiting'), ('b', 'to_verify', 'sent'), ('c', 'assigned', 'waiting'))
     AS given (recipient, template, state)
"""


CONTEST_OF_BEFORE = """
INSERT INTO acts (id, complaint_id, kind, at, by, role, holder, state, reason)
SELECT gen_random_uuid(), gen_random_uuid(), kind, now(), 'x', 'reporter', '35.78', 'IN_PROGRESS', reason
FROM (VALUES ('contest', '2026-01-06 02:00:00.250000+00:00'), ('archiving', 'moot')) AS done (kind, reason)
"""
UNREADABLE = """
INSERT INTO parked (topic, key, value, error, parked_at, next_try_at)
VALUES ('t', 'a', '', 'e', 'infinity', now()), ('t', 'b', '', 'e', now(), '20000-01-01Z');
INSERT INTO later (topic, key, value, event_id, type, received_at)
VALUES ('t', 'a', '', gen_random_uuid(), 'x', '-infinity');
INSERT INTO watermarks (publisher, topic, partition, up_to, partitions)
VALUES ('intake', 't', 0, 'infinity', 1), ('routing', 't', 0, now(), 1)
"""


async def upgrade_to_first_version(db: Database, name: str) -> None:
    """Create the tables of the first version, with rows."""
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrate.config_of(name, sync), "0001"))
        for statement in HELD[name].replace(":id", "'00000000-0000-0000-0000-000000000007'").split(";"):
            await connection.exec_driver_sql(statement)
        await connection.commit()


async def query(db: Database, statement: str) -> list[tuple[Any, ...]]:
    async with db.engine.connect() as connection:
        await connection.execute(text("SET TIME ZONE 'UTC'"))
        return [tuple(row) for row in await connection.execute(text(statement))]


@pytest.mark.parametrize("name", HELD)
async def test_rows_of_older_tables_survive_upgrade_and_downgrade(name: str, cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, name))
    await upgrade_to_first_version(db, name)
    before = await query(db, BACK[name])
    await migrate.upgrade(db.engine, name)
    statement, wanted = FOUND[name]
    assert await query(db, statement) == wanted
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config_of(name, sync), "0001"))
    assert await query(db, BACK[name]) == before
    await db.close()


@pytest.mark.parametrize("name", ALL)
async def test_events_of_a_later_release_survive_a_downgrade(name: str, cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, name))
    await migrate.upgrade(db.engine, name)
    async with db.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO later (topic, key, value, event_id, type)"
                " VALUES ('complaints.v1', 'k', 'v', gen_random_uuid(), 'ComplaintSung')"
            )
        )
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config_of(name, sync), "0001"))
    await migrate.upgrade(db.engine, name)
    found = await query(db, "SELECT key, value, error, attempts, type FROM parked")
    assert found == [("k", b"v", "OfLaterRelease: ComplaintSung", 0, None)]
    await db.close()


async def test_what_was_set_aside_at_a_moment_that_nobody_can_read_stays(cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, "intake"))
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrate.config_of("intake", sync), "0005"))
        for statement in UNREADABLE.split(";"):
            await connection.exec_driver_sql(statement)
        await connection.commit()
    await migrate.upgrade(db.engine, "intake")
    found = "SELECT key, now() - parked_at < interval '1 hour', now() - next_try_at < interval '1 hour' FROM parked"
    assert await query(db, f"{found} ORDER BY key") == [("a", True, True), ("b", True, True)]
    assert await query(db, "SELECT now() - received_at < interval '1 hour' FROM later") == [(True,)]
    assert await query(db, "SELECT publisher FROM watermarks") == [("routing",)]
    await db.close()


async def test_the_moment_of_a_contest_moves_to_its_column_and_back(cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, "routing"))
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrate.config_of("routing", sync), "0028"))
        await connection.exec_driver_sql(CONTEST_OF_BEFORE)
        await connection.commit()
    await migrate.upgrade(db.engine, "routing")
    found = "SELECT kind, reason, CAST(contested_at AS text) FROM acts ORDER BY kind"
    assert await query(db, found) == [("archiving", "moot", None), ("contest", None, "2026-01-06 02:00:00.25+00")]
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config_of("routing", sync), "0028"))
    [(_, archived), (_, contested)] = await query(db, "SELECT kind, reason FROM acts ORDER BY kind")
    assert (archived, datetime.fromisoformat(contested)) == ("moot", datetime(2026, 1, 6, 2, 0, 0, 250_000, UTC))
    await db.close()


async def test_a_concurrent_reader_does_not_break_the_migration(cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, "sla"))
    await upgrade_to_first_version(db, "sla")
    async with db.engine.connect() as reader:
        await reader.execute(text("SELECT count(*) FROM agencies"))
        migrating = asyncio.create_task(migrate.upgrade(db.engine, "sla"))
        async with asyncio.timeout(60):
            while not await query(db, WAITS):
                await asyncio.wait([migrating], timeout=0.02)
        await reader.execute(text("SELECT count(*) FROM complaints"))
    await migrating
    await db.close()


async def test_notices_that_are_under_way_at_the_upgrade_are_watched(cluster: Postgres, blank: str) -> None:
    db = Database(cluster.url(blank, "notify"))
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrate.config_of("notify", sync), "0003"))
        await connection.exec_driver_sql(UNDER_WAY)
        await connection.commit()
    await migrate.upgrade(db.engine, "notify")
    found = (
        "SELECT recipient, tried_since = next_try_at, late_at - next_try_at = interval '1 day' FROM messages ORDER BY 1"
    )
    assert await query(db, found) == [("a", True, True), ("b", None, None), ("c", None, None)]
    await db.close()
