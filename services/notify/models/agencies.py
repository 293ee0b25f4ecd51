"""The tables of agencies and their seats."""

from datetime import datetime

from sqlalchemy import ARRAY, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import MOMENT, Model
from shared.tables import readable


class Agency(Model):
    """An agency of the directory; mails about its complaints give times in its zone, an IANA name.

    `parent` is the agency that it reports to. Only the roles in `sensitive_seats` may know of its sensitive complaints.
    The seats of an agency that has `departed` get nothing more.
    """

    __tablename__ = "agencies"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    parent: Mapped[str | None] = mapped_column(Text)
    sensitive_seats: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{coordinator,leader}")
    departed: Mapped[bool] = mapped_column(server_default=false())
    published_at: Mapped[datetime] = mapped_column(MOMENT, server_default="-infinity")


class Seat(Model):
    """A seat of an agency and its email address; a seat without an address is vacant.

    `email_since` is the real moment at which the address came; None for one that was there before such moments were.
    """

    __tablename__ = "seats"
    __table_args__ = (readable("email_since"),)

    agency: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    email_since: Mapped[datetime | None] = mapped_column(MOMENT)
