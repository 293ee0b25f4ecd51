"""The metadata that all tables of routing share."""

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import DeclarativeBase

from shared.tables import service_tables

tables = service_tables()


class Model(DeclarativeBase):
    """A table of routing."""

    metadata = tables
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012
