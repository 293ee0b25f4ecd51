"""The steps that were announced wrongly and taken back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable


class WithdrawalRow(Row):
    """A step that was taken back, with the moment at which it had been taken: each is taken back once."""

    __tablename__ = "withdrawals"
    __table_args__ = (readable("fired_at", "withdrawn_at"),)

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    fired_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime] = mapped_column(Moment)
