"""The tables of intake: complaints, their reporters and what these do, their timelines and their statuses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    false,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.ratings import ASPECT_NAMES
from shared.reporters import ReporterAct
from shared.tables import readable, service_tables
from shared.vocabulary import State

tables = service_tables()
MOMENT = DateTime(timezone=True)


class Base(DeclarativeBase):
    """Declares the tables of intake."""

    metadata = tables


class Complaint(Base):
    """A complaint as it was filed; the database refuses to change it. `sealed` holds what the reporter wrote.

    A part of another is opened with the PIN of that whole.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        Index(
            "ix_complaints_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("ix_complaints_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        readable("filed_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    filed_at: Mapped[datetime] = mapped_column(MOMENT)
    kind: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    agency: Mapped[str | None] = mapped_column(Text)
    anonymous: Mapped[bool]
    confidential: Mapped[bool]
    urgent: Mapped[bool] = mapped_column(server_default=false())
    sensitive: Mapped[bool] = mapped_column(server_default=false())
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    sealed: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    part_of: Mapped[UUID | None] = mapped_column(Uuid)


class Reporter(Base):
    """How a reporter can be reached, sealed under the key of contacts."""

    __tablename__ = "reporters"

    reporter_ref: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)


class ReporterActRow(Base):
    """What a reporter wanted done with the complaint, each act once at each stage; `sealed` holds the words.

    A completion is done once for each hold instead, whose `number` it has, a contest once for each follow-up.
    """

    __tablename__ = "reporter_acts"
    __table_args__ = (readable("at"),)

    complaint_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    act: Mapped[ReporterAct] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="0")
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="0")
    at: Mapped[datetime] = mapped_column(MOMENT)
    sealed: Mapped[str | None] = mapped_column(Text)


class Rating(Base):
    """What a reporter thinks of the handling in one cycle: points from 1 to 4; `sealed` holds the words, if any."""

    __tablename__ = "ratings"
    __table_args__ = (
        readable("at"),
        *(CheckConstraint(f"{aspect} BETWEEN 1 AND 4", f"{aspect}_in_points") for aspect in ASPECT_NAMES),
    )

    complaint_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    speed: Mapped[int] = mapped_column(SmallInteger)
    clarity: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[int] = mapped_column(SmallInteger)
    courtesy: Mapped[int] = mapped_column(SmallInteger)
    sealed: Mapped[str | None] = mapped_column(Text)


class TimelineEntry(Base):
    """One event of a complaint; `sealed` holds an official's words."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_complaint_id", "complaint_id", "at", "event_id"), readable("at"))

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(MOMENT)
    type: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed: Mapped[str | None] = mapped_column(Text)


class StatusRow(Base):
    """The status of a complaint after all its events so far; `missed` lists the clocks that are past their limit."""

    # The table has the name that it got in the first migration.
    __tablename__ = "standings"
    __table_args__ = (readable("reopen_until"),)

    complaint_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[State] = mapped_column(Text)
    agency_name: Mapped[str | None] = mapped_column(Text)
    transfers: Mapped[int] = mapped_column(server_default="0")
    missed: Mapped[list[str]] = mapped_column(JSONB)
    step: Mapped[int]
    holds: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    held_from: Mapped[State | None] = mapped_column(Text)
    cycle: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    stage: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    reopen_until: Mapped[datetime | None] = mapped_column(MOMENT)
    # None as long as routing has said nothing else than the filing.
    sensitive: Mapped[bool | None]
    appeals: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    follow_ups: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    contestable: Mapped[bool] = mapped_column(server_default=false())
    contest_open: Mapped[bool] = mapped_column(server_default=false())
    # Whether its reporter may have it referred to the Ombudsman.
    offered: Mapped[bool] = mapped_column(server_default=false())


# Whether only its reporter and named seats may know of a complaint, whose status may not be there yet.
IS_SENSITIVE = func.coalesce(StatusRow.sensitive, Complaint.sensitive)
SENSITIVE_IDS = select(Complaint.id).outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id).where(IS_SENSITIVE)
