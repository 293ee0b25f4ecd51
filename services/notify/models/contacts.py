"""The table of reporters' contacts."""

from uuid import UUID

from sqlalchemy import Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import Model


class Contact(Model):
    """The contact of a reporter, sealed; it is opened only while a mail is prepared."""

    __tablename__ = "contacts"

    reporter_ref: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
