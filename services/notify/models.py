"""The tables of notify: what it knows of complaints, seats and contacts, and the ledger of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.tables import service_tables

tables = service_tables()
MOMENT = DateTime(timezone=True)


class Base(DeclarativeBase):
    metadata = tables


class Complaint(Base):
    """As much of a complaint as its messages need."""

    __tablename__ = "complaints"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    anonymous: Mapped[bool]
    confidential: Mapped[bool]
    filed_at: Mapped[datetime] = mapped_column(MOMENT)


class Agency(Base):
    """An agency of the directory; its zone dates the letters about its complaints."""

    __tablename__ = "agencies"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(MOMENT, server_default="-infinity")


class Seat(Base):
    """A post and its address; without one it is vacant."""

    __tablename__ = "seats"

    agency: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)


class Contact(Base):
    """How a reporter can be reached, sealed; opened only while a message is sent."""

    __tablename__ = "contacts"

    reporter_ref: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)


class Outgoing(Base):
    """The ledger: one row for each message, written before it is sent, kept with its outcome.

    `next_try_at` and `claimed_until` are real time, `created_at` and `sent_at` the service clock's;
    `mail_id` is the mail that
    carried it, alone or joined with others to the same seat; `about` is the agency that the fact concerns.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient", "channel", name="messages_send_key"),
        Index("ix_messages_complaint", "complaint_id", "id"),
        Index("ix_messages_unsent", "state", "id", postgresql_where=text("state <> 'sent'")),
        Index("ix_messages_fresh", "next_try_at", "id", postgresql_where=text("state = 'waiting' AND mail_id IS NULL")),
        Index(
            "ix_messages_again",
            "mail_id",
            "next_try_at",
            postgresql_where=text("state IN ('waiting', 'sending') AND mail_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    recipient: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    agency: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    complaint_id: Mapped[UUID] = mapped_column(Uuid)
    reference: Mapped[str | None] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(Text)
    template_version: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    reason: Mapped[str | None] = mapped_column(Text)
    smtp_code: Mapped[int | None] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(MOMENT)
    mail_id: Mapped[UUID | None] = mapped_column(Uuid)
    claimed_until: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)
