"""The tables of complaints, and of those that are sensitive."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, Uuid, exists
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import MOMENT, Model
from shared.tables import readable


class Complaint(Model):
    """As much of a complaint as its messages need."""

    __tablename__ = "complaints"
    __table_args__ = (readable("filed_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    anonymous: Mapped[bool]
    confidential: Mapped[bool]
    filed_at: Mapped[datetime] = mapped_column(MOMENT)


class Sensitivity(Model):
    """Whether only named seats may know of a complaint, as the last word said; most complaints have none."""

    __tablename__ = "sensitivities"
    __table_args__ = (readable("since"),)

    complaint_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sensitive: Mapped[bool]
    since: Mapped[datetime] = mapped_column(MOMENT)


def is_sensitive(complaint_id: SQLColumnExpression[UUID | None]) -> ColumnElement[bool]:
    """Whether this complaint is sensitive."""
    return exists().where(Sensitivity.complaint_id == complaint_id, Sensitivity.sensitive)
