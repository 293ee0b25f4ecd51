"""Database roles: no service can read or write the tables of another."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.settings import Settings
from shared.db.database import Database
from shared.local.postgres import Postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from shared.service import RunningService


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
