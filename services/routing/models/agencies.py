"""What was published of the directory."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.models.tables import Model


class PublishedAgency(Model):
    """An agency as it was last published; `digest` is the SHA-256 of the event while it was there.

    `card` is the event without its seats, empty if it was published before migration 0003. Only an agency that has left
    the directory has a `successor`. `seats` has by role the SHA-256 of its address, empty for a vacant one; it is empty
    itself if the agency was published before migration 0028.
    """

    __tablename__ = "agencies"
    __table_args__ = (Index("ix_agencies_departed", "code", postgresql_where=text("successor IS NOT NULL")),)

    code: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(server_default="-infinity")
    card: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    successor: Mapped[str | None]
    seats: Mapped[dict[str, str] | None] = mapped_column(JSONB)
