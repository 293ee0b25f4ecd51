"""Seats by what became of their mails: when each was last reached, and which cannot be reached at present."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable


class UnreachableSeat(Row):
    """A seat whose mail failed or came back; it counts as vacant until a mail arrives or its agency is published."""

    __tablename__ = "unreachable_seats"

    agency: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)


class ReachedSeat(Row):
    """A seat, and the moment at which a mail last arrived there; a failure of before does not count against it."""

    __tablename__ = "reached_seats"
    __table_args__ = (readable("reached_at"),)

    agency: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(Moment)
