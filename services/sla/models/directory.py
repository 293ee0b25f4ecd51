"""The directory as sla needs it: agencies, and a version that rises with every change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, Sequence, SmallInteger, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row


class AgencyRow(Row):
    """An agency; `seats` says of each role whether anybody can be reached there, `approver` which publishes answers.

    The `parent` of one that has `departed` is its successor. The `schedule` is empty for most (`shared/schedules.py`).
    """

    __tablename__ = "agencies"
    __table_args__ = (
        Index("agencies_parent", "parent"),
        Index("agencies_region", "region"),
        Index("agencies_with_schedules", "code", postgresql_where=text("schedule <> ''")),
        CheckConstraint("jsonb_typeof(seats) = 'object'", "has_seats"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    tier: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    seats: Mapped[dict[str, Any]] = mapped_column(JSONB)
    approver: Mapped[str | None] = mapped_column(Text)
    duty_officer: Mapped[str | None] = mapped_column(Text)
    schedule: Mapped[str] = mapped_column(Text, server_default="")
    departed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    published_at: Mapped[datetime] = mapped_column(Moment, server_default="-infinity")


# No number is given twice, not even after a rollback: what was read in a transaction that failed is read again.
NUMBERS = Sequence("directory_numbers", metadata=Row.metadata)


class DirectoryVersion(Row):
    """One row whose version rises with every change of the directory, whichever replica wrote it."""

    __tablename__ = "directory_versions"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)
