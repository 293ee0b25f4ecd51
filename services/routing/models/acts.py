"""The acts that officials and reporters have done."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.models.tables import READABLE_DATE, Model
from shared.tables import readable
from shared.vocabulary import ActorRole, Classification, Kind, State


class ActRecord(Model):
    """An act of an official or of the reporter; `holder` and `state` are those after it, for a repeated request.

    `reason` is a code: why the case was archived, or why an act of its reporter was refused.
    `fingerprint` stands for what a follow-up or an answer says, and who says it. `number` is that of a draft or
    of a promise, and `next_date` the day for which a promise stands. A merger names the case `merged_into`, and a
    contest the moment `contested_at` of its follow-up.
    """

    __tablename__ = "acts"
    # The index of this constraint also finds the acts of a complaint.
    __table_args__ = (
        UniqueConstraint("complaint_id", "idempotency_key"),
        Index("ix_acts_fingerprint", "fingerprint", "at", postgresql_where=text("fingerprint IS NOT NULL")),
        readable("at"),
        readable("contested_at", name="contests_are_readable"),
        CheckConstraint(READABLE_DATE, "next_dates_are_readable"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    role: Mapped[ActorRole] = mapped_column(Text)
    agency: Mapped[str | None]
    holder: Mapped[str]
    state: Mapped[State] = mapped_column(Text)
    classification: Mapped[Classification | None] = mapped_column(Text)
    reason: Mapped[str | None]
    sealed: Mapped[str | None]
    fingerprint: Mapped[int | None] = mapped_column(BigInteger)
    next_date: Mapped[date | None]
    corrected_kind: Mapped[Kind | None] = mapped_column(Text)
    # What a correction says of field and region.
    corrected: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    idempotency_key: Mapped[str | None]
    number: Mapped[int | None] = mapped_column(SmallInteger)
    merged_into: Mapped[UUID | None]
    contested_at: Mapped[datetime | None]
