"""The tables of sla: the directory as it needs it, complaints, their clocks, and the steps that have fired."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Float, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.tables import service_tables

tables = service_tables()
Moment = DateTime(timezone=True)
OPEN = text("stopped_at IS NULL AND name <> 'ombudsman'")


class Base(DeclarativeBase):
    """All rows of sla."""

    metadata = tables


class Agency(Base):
    """An agency; `seats` says of each role whether anybody can be reached there."""

    __tablename__ = "agencies"
    __table_args__ = (Index("agencies_parent", "parent"), Index("agencies_region", "region"))

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    tier: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    seats: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(Moment, server_default="-infinity")


class DirectoryVersion(Base):
    """One row whose version rises with every change of the directory, whichever replica heard of it."""

    __tablename__ = "directory_versions"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)


class Complaint(Base):
    """What time needs to know of a complaint; the moments of its acts, so that no late event starts a clock anew."""

    __tablename__ = "complaints"
    __table_args__ = (Index("complaints_holder", "holder", "filed_at"), Index("complaints_filed", "filed_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    filed_at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(Text, server_default="complaint")
    # Until its filing is known, which may be parked, nobody may see it.
    confidential: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    classification: Mapped[str | None] = mapped_column(Text)
    holder: Mapped[str | None] = mapped_column(Text)
    # How often it had been passed on when its holder got it; empty before the first forwarding.
    transfers: Mapped[int | None] = mapped_column(SmallInteger)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_ups: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Clock(Base):
    """A limit that runs, with its next step; `next_at` is empty once it has stopped or its last step has fired."""

    __tablename__ = "clocks"
    __table_args__ = (
        Index("clocks_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("clocks_open", "due_at", "complaint_id", postgresql_where=OPEN),
        Index("clocks_open_of_agency", "agency", "due_at", postgresql_where=OPEN),
    )

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agency: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    limit_days: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(Moment)
    next_step: Mapped[int] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    worked_days: Mapped[float | None] = mapped_column(Float)


class Fired(Base):
    """A step that has been taken; its key lets it be taken once only."""

    __tablename__ = "fired"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    escalation: Mapped[int] = mapped_column(SmallInteger)
    agency: Mapped[str] = mapped_column(Text)
    fired_at: Mapped[datetime] = mapped_column(Moment)
