"""The table of complaints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import MOMENT, Model


class Complaint(Model):
    """As much of a complaint as its messages need."""

    __tablename__ = "complaints"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    anonymous: Mapped[bool]
    confidential: Mapped[bool]
    filed_at: Mapped[datetime] = mapped_column(MOMENT)
