"""Stand-ins for a platform: a database server with a role per service, and a mail server."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.errors import BadSettings
from shared.settings.process import Settings

DATABASE = "tanggap"
# Beside each service's role there is one that may only read its tables.
READER = "audit_"
S = TypeVar("S", bound=Settings)


@contextmanager
def stand_ins(settings: S, services: Sequence[str]) -> Iterator[S]:
    """The settings, completed with the addresses of what is started here; all of it ends with the block.

    Raises BadSettings in production, where nothing is supplied.
    """
    missing = [name for name in services if not settings.database_url(name)]
    if settings.environment == "production":
        if missing:
            raise BadSettings(f"TANGGAP_{missing[0].upper()}_DATABASE_URL is refused: production needs it")
        yield settings
        return
    changes: dict[str, object] = {}
    with ExitStack() as stack:
        if missing:
            changes.update(_database(stack, settings.data_dir, missing))
        if getattr(settings, "smtp_host", None) == "":
            changes.update(_mail(stack, settings.data_dir))
        yield settings.model_copy(update=changes)


def _database(stack: ExitStack, data_dir: Path, services: Sequence[str]) -> dict[str, object]:
    try:
        from shared.local.postgres import PostgresError, postgres
    except ImportError:
        raise BadSettings(
            f"TANGGAP_{services[0].upper()}_DATABASE_URL is refused: it is empty, and no database is embedded here"
        ) from None
    try:
        server = stack.enter_context(postgres(data_dir / "postgres"))
    except (PostgresError, OSError) as error:
        raise BadSettings(f"TANGGAP_DATA_DIR is refused: {error}") from error
    owners = dict.fromkeys(name.removeprefix(READER) for name in services)
    asyncio.run(create_roles(server.url(), DATABASE, [*owners]))
    return {f"{name}_database_url": server.url(DATABASE, name) for name in services}


def _mail(stack: ExitStack, data_dir: Path) -> dict[str, object]:
    from shared.local.mailbox import Mailbox

    try:
        box = Mailbox(data_dir / "mail")
    except OSError as error:
        raise BadSettings(f"TANGGAP_DATA_DIR is refused: {error}") from error
    box.start()
    stack.callback(box.stop)
    return {"smtp_host": "127.0.0.1", "smtp_port": box.port}


async def create_roles(admin_url: str, database: str, services: Sequence[str]) -> None:
    """Create a role per service, each with a schema of its own name, in this database; existing ones stay.

    With each a second role is created, which may only read the tables of that schema.
    """
    await _run(admin_url, [f'CREATE DATABASE "{database}"'])
    statements = [f'REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC']
    for name in services:
        statements += [f'CREATE ROLE "{name}" LOGIN', f'CREATE SCHEMA AUTHORIZATION "{name}"']
        statements += _reading(name)
    await _run(admin_url.replace("/postgres?", f"/{database}?"), statements)


def _reading(name: str) -> Sequence[str]:
    """Statements that create the role that may read the tables of this service, also those of later migrations."""
    reader = f'"{READER}{name}"'
    return [
        f"CREATE ROLE {reader} LOGIN",
        f'GRANT USAGE ON SCHEMA "{name}" TO {reader}',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA "{name}" TO {reader}',
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{name}" IN SCHEMA "{name}" GRANT SELECT ON TABLES TO {reader}',
    ]


async def _run(url: str, statements: Sequence[str]) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                for part in statement.split("; "):
                    await _run_unless_done(connection, part)
    finally:
        await engine.dispose()


async def _run_unless_done(connection, statement: str) -> None:  # type: ignore[no-untyped-def]
    try:
        await connection.execute(text(statement))
    except Exception as error:
        if "already exists" not in str(error):
            raise
