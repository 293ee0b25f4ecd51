"""The settings of intake."""

from pydantic import Field

from shared.settings import process
from shared.settings.checks import DatabaseUrl, MasterKey


class Settings(process.Settings):
    """Settings of intake."""

    intake_database_url: DatabaseUrl = Field(
        "", description="PostgreSQL of intake, as its role; empty: embedded, locally."
    )
    pin_key: MasterKey = Field(None, description="Gives each complaint its PIN; held by intake only.")
