"""Seats that cannot be reached, though the directory says that somebody holds them."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row


class UnreachableSeat(Row):
    """A seat whose mail failed or came back; it counts as vacant until a mail arrives or its agency is published."""

    __tablename__ = "unreachable_seats"

    agency: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
