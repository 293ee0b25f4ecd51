"""The policies, whose rows are never changed: a change is a new version."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable


class PolicyRow(Row):
    """A version of the policies, for the country or for one agency or region; a trigger keeps it as it is.

    `limits` are objects with clock, classification, kind, days, unit and source; `reminders` have percent and roles.
    """

    __tablename__ = "policies"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(limits) = 'array' AND jsonb_array_length(limits) > 0", "has_limits"),
        CheckConstraint("jsonb_typeof(reminders) = 'array'", "has_reminders"),
        CheckConstraint("effective_on BETWEEN '1900-01-01' AND '9000-01-01'", "day_is_readable"),
        CheckConstraint("agency IS NULL OR region IS NULL", "has_one_place"),
        readable("published_at"),
    )

    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    effective_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    limits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reminders: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    climbs: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every_working_days: Mapped[int] = mapped_column(SmallInteger)
    every_calendar_days: Mapped[int] = mapped_column(SmallInteger)
    every_hours: Mapped[int] = mapped_column(SmallInteger, server_default="24")
    every_working_hours: Mapped[int] = mapped_column(SmallInteger, server_default="8")
    tier: Mapped[str | None] = mapped_column(Text)
    agency: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[str] = mapped_column(Text)
