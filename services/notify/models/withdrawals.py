"""The table of what was taken back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import MOMENT, Model
from shared.tables import readable


class Withdrawal(Model):
    """What an event took back at the moment `at`: it may be handled before the event that had announced it."""

    __tablename__ = "withdrawals"
    __table_args__ = (Index("ix_withdrawals_complaint", "complaint_id"), readable("at"))

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(Uuid)
    clock: Mapped[str] = mapped_column(Text)
    cycle: Mapped[int] = mapped_column(Integer)
    agency: Mapped[str] = mapped_column(Text)
    steps: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    reminders: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    from_round: Mapped[int] = mapped_column(Integer, server_default="0")
    at: Mapped[datetime] = mapped_column(MOMENT)
