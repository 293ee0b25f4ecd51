"""The metadata of notify's tables, and the class that every model of notify extends."""

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase

from shared.tables import service_tables

tables = service_tables()
MOMENT = DateTime(timezone=True)


class Model(DeclarativeBase):
    """A row of notify."""

    metadata = tables
