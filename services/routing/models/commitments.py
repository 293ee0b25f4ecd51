"""What agencies have promised; the words are those of the acts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.models.tables import Model
from shared.tables import readable

READABLE_DAYS = "due_on BETWEEN '1900-01-01' AND '9000-01-01' AND moved_from BETWEEN '1900-01-01' AND '9000-01-01'"


class CommitmentRecord(Model):
    """A promise about a complaint, by its number; an end without an answer makes one void that was not kept."""

    __tablename__ = "commitments"
    __table_args__ = (readable("made_at", "kept_at"), CheckConstraint(READABLE_DAYS, "days_are_readable"))

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    due_on: Mapped[date]
    moved_from: Mapped[date | None]
    kept_at: Mapped[datetime | None]
