"""One PostgreSQL for a whole run, with a migrated template from which each house gets its database."""

import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.settings import Settings
from shared import migrate
from shared.clock import ManualClock
from shared.db.database import Database
from shared.local.postgres import postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from tests.silence.faults import Faults
from tests.silence.house import START, House

TEMPLATE = "template_silence"
MEMORY_NEEDED_BYTES = 4_000_000_000


class Lab:
    """Makes houses; nothing is left of it after `close`."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        fits = memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_NEEDED_BYTES
        self.folder = Path(tempfile.mkdtemp(prefix="silence-", dir=memory if fits else None))
        self._server = postgres(self.folder / "pg", settings={"fsync": "off"})
        self._numbers = count(1)

    async def prepare(self) -> None:
        """Run every service's migrations once."""
        await create_roles(self._server.url(), TEMPLATE, ALL)
        for name in ALL:
            db = Database(self._server.url(TEMPLATE, name))
            await migrate.upgrade(db.engine, name)
            await db.close()

    async def settings(self, **changes: Any) -> Settings:
        """The settings of a house on a database of its own: Surabaya, and Jayapura for another time zone."""
        database = f"silence_{next(self._numbers)}"
        engine = create_async_engine(self._server.url(), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY'))
        await engine.dispose()
        urls: dict[str, Any] = {f"{name}_database_url": self._server.url(database, name) for name in ALL}
        local = {"data_dir": self.folder / "data", "directory_regions": "35.78,91.71", "database_pool": 3}
        return Settings(**{**local, "smtp_host": "127.0.0.1", "smtp_port": 9, **urls, **changes})

    def overlay(self, content: str) -> Path:
        """A file with these additions to the directory."""
        path = self.folder / f"overlay{crc32(content.encode())}.csv"
        path.write_text(content)
        return path

    @asynccontextmanager
    async def house(self, start: datetime = START, gone: float = 0.0, **changes: Any) -> AsyncIterator[House]:
        """An open house in which nothing goes wrong by itself."""
        faults, clock = Faults(False, random.Random(1), start), ManualClock(start)
        house = House(await self.settings(**changes), faults, clock, gone)
        await house.open()
        await house.work()
        try:
            yield house
        finally:
            await house.close()

    def close(self) -> None:
        self._server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
