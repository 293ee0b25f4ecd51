"""The tables of routing: what was published of the directory, the cases, and the acts done on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, SmallInteger, Text, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.tables import service_tables

tables = service_tables()

OVERDUE = "step_missed OR resolution_missed"


class Base(DeclarativeBase):
    metadata = tables
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012


class Agency(Base):
    """An agency as it was last published."""

    __tablename__ = "agencies"

    code: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(server_default="-infinity")


class Case(Base):
    """A complaint as its holder sees it; `sealed` is the narrative, opened only to be shown to officials."""

    __tablename__ = "cases"
    # A desk is listed oldest first: for one agency or several, with or without a state; the last two for all agencies.
    __table_args__ = (
        Index("ix_cases_holder", "holder", "filed_at", "id"),
        Index("ix_cases_holder_state", "holder", "state", "filed_at", "id"),
        Index("ix_cases_overdue", "holder", "filed_at", "id", postgresql_where=text(OVERDUE)),
        Index("ix_cases_state", "state", "filed_at", "id"),
        Index("ix_cases_filed_at", "filed_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    filed_at: Mapped[datetime]
    kind: Mapped[str]
    confidential: Mapped[bool]
    sealed: Mapped[str]
    rule: Mapped[str]
    explanation: Mapped[str]
    verifier: Mapped[str]
    holder: Mapped[str]
    state: Mapped[str]
    classification: Mapped[str | None]
    transfers: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    step_missed: Mapped[bool] = mapped_column(server_default=false())
    resolution_missed: Mapped[bool] = mapped_column(server_default=false())
    ladder_step: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    ombudsman_offered: Mapped[bool] = mapped_column(server_default=false())


class Act(Base):
    """What an official did; `holder` and `state` are those after it, for a repeated request is answered alike."""

    __tablename__ = "acts"
    # Also finds the acts of a complaint.
    __table_args__ = (UniqueConstraint("complaint_id", "idempotency_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    role: Mapped[str]
    agency: Mapped[str | None]
    holder: Mapped[str]
    state: Mapped[str]
    classification: Mapped[str | None]
    sealed: Mapped[str | None]
    idempotency_key: Mapped[str | None]


AGENCIES, CASES, ACTS = (tables.tables[name] for name in ("agencies", "cases", "acts"))
