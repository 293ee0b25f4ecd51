"""The settings of the auditor."""

from pydantic import Field, FilePath

from shared.settings import process
from shared.settings.checks import Count, DatabaseUrl, Seconds


class Settings(process.Settings):
    """Settings of the auditor."""

    audit_intake_database_url: DatabaseUrl = Field(
        "", description="PostgreSQL of intake, as a role that may only read; empty: embedded, locally."
    )
    audit_routing_database_url: DatabaseUrl = Field("", description="PostgreSQL of routing, likewise.")
    audit_sla_database_url: DatabaseUrl = Field("", description="PostgreSQL of sla, likewise.")
    audit_notify_database_url: DatabaseUrl = Field("", description="PostgreSQL of notify, likewise.")
    audit_seconds: Seconds = Field(60, description="The auditor looks at a part so often, once a day at everything.")
    audit_slice: Count = Field(20_000, description="So many complaints are compared one by one at each look.")
    audit_sample: Count = Field(
        300, description="So many clocks are counted again at each look, ten times at the full."
    )
    audit_digest_seconds: Seconds = Field(600, description="All open complaints are compared by digest so often.")
    audit_grace_seconds: Seconds = Field(900, description="A violation is told once it has lasted so long.")
    audit_unready_seconds: Seconds = Field(
        3_600, description="A violation that has lasted so long makes the auditor unready; the services stay ready."
    )
    # The same setting as sla's: the auditor counts by a calendar of its own, with the same exceptions.
    calendar_exceptions: FilePath | None = Field(
        None, description="Path of a CSV (date,kind,note): days that differ from the decree on joint leave."
    )
