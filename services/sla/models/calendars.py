"""The calendar by which running clocks were counted last."""

from datetime import datetime

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row


class CalendarRow(Row):
    """One row: the digest of the days off by which all running clocks are counted, and since when."""

    __tablename__ = "calendars"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime] = mapped_column(Moment)
