"""The four databases as the auditor sees them: its own roles, its own connections, and nothing can be written."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.audit.settings import Settings
from shared.errors import BadSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")
SERVICES = ("intake", "routing", "sla", "notify")
# A statement that takes longer stands in the way of the services.
STATEMENT_MS = 120_000


class ReadOnly:
    """The database of one service. Its tables are found in the schema of the service's name."""

    def __init__(self, service: str, url: str) -> None:
        session = {
            "default_transaction_read_only": "on",
            "statement_timeout": str(STATEMENT_MS),
            "search_path": service,
            # A million ids are joined in memory.
            "work_mem": "128MB",
        }
        self.service = service
        self._engine: AsyncEngine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=2,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"timeout": 10, "server_settings": session},
        )

    async def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """All rows that this query gives."""
        async with self._engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()

    async def records(self, of: type[R], statement: str, values: Mapping[str, Any] | None = None) -> list[R]:
        """All rows that this query gives, as these dataclasses, whose fields are its columns in their order.

        Raises TypeError for other columns.
        """
        async with self._engine.connect() as connection:
            result = await connection.execute(text(statement), values)
            columns, names = tuple(result.keys()), tuple(field.name for field in fields(of))
            if columns != names:
                raise TypeError(f"the columns {columns} are not the fields of {of.__name__}: {names}")
            return [of(*row) for row in result]

    async def close(self) -> None:
        await self._engine.dispose()


class Databases:
    """All four. Raises BadSettings for an address that is missing."""

    def __init__(self, settings: Settings) -> None:
        self._all = {name: ReadOnly(name, _url(settings, name)) for name in SERVICES}

    def __getitem__(self, service: str) -> ReadOnly:
        return self._all[service]

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in self._all.values()))


def _url(settings: Settings, service: str) -> str:
    url = settings.database_url(f"audit_{service}")
    if not url:
        raise BadSettings(f"TANGGAP_AUDIT_{service.upper()}_DATABASE_URL is refused: it is empty.")
    return url
