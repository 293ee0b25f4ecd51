"""The metadata that all tables of routing share."""

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import DeclarativeBase

from shared.tables import service_tables

tables = service_tables()
# As for moments (shared/tables.py): a date that Python cannot read stops whatever reads its row.
READABLE_DATE = "next_date BETWEEN '1900-01-01' AND '9000-01-01'"


class Model(DeclarativeBase):
    """A table of routing."""

    metadata = tables
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012
