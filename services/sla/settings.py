"""The settings of sla."""

from pydantic import Field, FilePath

from shared.settings import process
from shared.settings.checks import Count, DatabaseUrl


class Settings(process.Settings):
    """Settings of sla."""

    sla_database_url: DatabaseUrl = Field("", description="PostgreSQL of sla, as its role; empty: embedded, locally.")
    sweep_batch: Count = Field(2_000, description="At most so many due clocks are taken at once.")
    sweep_grace_minutes: int = Field(
        30,
        ge=1,
        le=1_440,
        description="A sweep waits so long for what others have not promised yet, then it escalates and says so.",
    )
    calendar_exceptions: FilePath | None = Field(
        None, description="Path of a CSV (date,kind,note): holidays, joint leave and working days of a newer decree."
    )
