"""The table of complaints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid
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
