"""The orders to put open clocks under a policy: who gave them, when, and how far each has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable


class ReclockingRow(Row):
    """An order to put open clocks under a policy. The key of the last clock that was looked at is in `after_…`."""

    __tablename__ = "reclockings"
    __table_args__ = (
        Index("reclockings_open", "id", postgresql_where=text("done_at IS NULL")),
        CheckConstraint("(after_id IS NULL) = (after_name IS NULL)", "has_a_whole_key"),
        readable("requested_at", "done_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    after_id: Mapped[UUID | None] = mapped_column()
    after_name: Mapped[str | None] = mapped_column(Text)
    after_cycle: Mapped[int | None] = mapped_column(SmallInteger)
    moved: Mapped[int] = mapped_column(Integer, server_default="0")
    kept: Mapped[int] = mapped_column(Integer, server_default="0")
    done_at: Mapped[datetime | None] = mapped_column(Moment)
