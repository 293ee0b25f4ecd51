"""The clocks of complaints, each with its next step."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Float, Index, SmallInteger, Text, and_, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row

OPEN = text("stopped_at IS NULL AND name <> 'ombudsman'")


class ClockRow(Row):
    """A limit that runs, with its next step; `next_at` is empty once it has stopped or taken its last step."""

    __tablename__ = "clocks"
    __table_args__ = (
        Index("clocks_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("clocks_open", "due_at", "complaint_id", postgresql_where=OPEN),
        Index("clocks_open_of_agency", "agency", "due_at", postgresql_where=OPEN),
    )

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agency: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    limit_days: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(Moment)
    next_step: Mapped[int] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    worked_days: Mapped[float | None] = mapped_column(Float)


# The name stands in the statement itself: a planner that sees a parameter cannot use the partial indexes.
IS_OPEN = and_(ClockRow.stopped_at.is_(None), ClockRow.name != literal_column("'ombudsman'"))
