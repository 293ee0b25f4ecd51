"""The settings of sla."""

from pydantic import Field, FilePath

from shared.settings import process
from shared.settings.checks import Count, DatabaseUrl


class Settings(process.Settings):
    """Settings of sla."""

    sla_database_url: DatabaseUrl = Field("", description="PostgreSQL of sla, as its role.")
    sweep_batch: Count = Field(2_000, description="Most due clocks taken at once.")
    calendar_exceptions: FilePath | None = Field(
        None, description="CSV date,kind,note: days that differ from the decree."
    )
