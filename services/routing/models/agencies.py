"""What was published of the directory."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.routing.models.tables import Model


class PublishedAgency(Model):
    """An agency as it was last published; `digest` is the SHA-256 of the event."""

    __tablename__ = "agencies"

    code: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(server_default="-infinity")
