"""The metadata that all tables of sla share."""

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase

from shared.tables import service_tables

tables = service_tables()
Moment = DateTime(timezone=True)


class Row(DeclarativeBase):
    """A row of sla."""

    metadata = tables
