"""The steps that clocks have taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row


class StepRow(Row):
    """A step that has been taken; its key lets it be taken once only."""

    __tablename__ = "fired"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    escalation: Mapped[int] = mapped_column(SmallInteger)
    agency: Mapped[str] = mapped_column(Text)
    fired_at: Mapped[datetime] = mapped_column(Moment)
