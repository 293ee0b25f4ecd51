"""Alembic migrations: one chain per service, run under an advisory lock, at start or by an operator."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import BadSettings
from shared.outbox import FUNCTIONS, KEEPING
from shared.service import RunningService

SERVICES = Path(__file__).parent.parent / "services"
LOCK = "SELECT pg_advisory_lock(hashtext('migrate'), hashtext(current_schema()))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('migrate'), hashtext(current_schema()))"


async def make_ready(service: RunningService[Any]) -> None:
    """Migrate the tables at start, or raise BadSettings where an operator migrates and has not yet."""
    if service.settings.migrate_at_start:
        return await upgrade(service.db.engine, service.name)
    async with service.db.engine.connect() as connection:
        if await connection.run_sync(_is_behind, service.name):
            raise BadSettings(f"The tables of {service.name} are too old: run `python -m services migrate` first.")


async def upgrade(engine: AsyncEngine, service: str) -> None:
    """Bring the service's tables to the newest version; replicas that start together wait for the first."""
    async with engine.connect() as connection:
        await connection.execute(sa.text(LOCK))
        await connection.commit()
        try:
            await connection.run_sync(_upgrade, service)
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(sa.text(UNLOCK))
            await connection.commit()


def config_of(service: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for one service's chain, in `services/<name>/migrations`."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, service: str) -> None:
    if _is_behind(connection, service):
        connection.commit()  # Alembic begins a transaction of its own.
        command.upgrade(config_of(service, connection), "head")


def _is_behind(connection: Connection, service: str) -> bool:
    """Whether a migration is missing. A revision that is unknown here belongs to a later release and is accepted."""
    made = MigrationContext.configure(connection).get_current_heads()
    chain = ScriptDirectory.from_config(config_of(service))
    ours = {revision.revision for revision in chain.walk_revisions()}
    return not made or (ours.issuperset(made) and list(made) != chain.get_heads())


def run(config: Config) -> None:
    """Run the migrations of a service; its `migrations/env.py` calls this."""
    from alembic import context

    # One transaction per migration: with several tables locked, a reader of both could run into a deadlock.
    context.configure(connection=config.attributes["connection"], transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def create_service_tables(op: Any) -> None:
    """The tables that every service has, as of its first version: outbox, inbox, parked."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("staged_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("received_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "parked",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("parked_at", moment, server_default=sa.func.now(), nullable=False),
    )


def add_retries(op: Any) -> None:
    """Parked messages that try again by themselves, and a table for events of a later release."""
    moment = sa.DateTime(timezone=True)
    soon = sa.text("now() + interval '1 minute'")
    op.add_column("parked", sa.Column("attempts", sa.Integer, server_default="0", nullable=False))
    op.add_column("parked", sa.Column("tried_at", moment))
    op.add_column("parked", sa.Column("next_try_at", moment, server_default=soon, nullable=False))
    op.add_column("parked", sa.Column("event_id", sa.Uuid))
    op.add_column("parked", sa.Column("type", sa.Text))
    op.create_index("ix_parked_next_try_at", "parked", ["next_try_at"])
    op.create_index("ix_parked_key", "parked", ["key"])
    op.create_table(
        "later",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("received_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_later_type", "later", ["type"])


def remove_retries(op: Any) -> None:
    """Take `add_retries` back. Events of a later release are parked: an older release has no other place for them."""
    op.execute(
        "INSERT INTO parked (topic, key, value, error, parked_at)"
        " SELECT topic, key, value, 'OfLaterRelease: ' || type, received_at FROM later ORDER BY seq"
    )
    op.drop_table("later")
    op.drop_index("ix_parked_key", "parked")
    op.drop_index("ix_parked_next_try_at", "parked")
    for name in ("type", "event_id", "next_try_at", "tried_at", "attempts"):
        op.drop_column("parked", name)


def create_promises(op: Any) -> None:
    """What a publisher has promised, with the functions that keep it; and how far a hearer knows each partition."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "promised",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("up_to", moment, nullable=False),
    )
    for statement in KEEPING:
        op.execute(statement)
    op.create_table(
        "watermarks",
        sa.Column("publisher", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("up_to", moment, nullable=False),
        sa.Column("partitions", sa.Integer, nullable=False),
    )


def drop_promises(op: Any) -> None:
    """Undo `create_promises`."""
    op.drop_table("watermarks")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("promised")
