"""The ledger: one row for each message."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Integer, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.tables import MOMENT, Model
from shared.tables import readable

MOMENTS = "next_try_at", "claimed_until", "created_at", "sent_at", "tried_since", "late_at", "acknowledged_at"


class Message(Model):
    """One message to one recipient, written before it is sent and kept with its outcome.

    (`event_id`, `recipient`, `channel`) is the send key: no event sends a recipient two messages. `about` is the agency
    that the event concerns. `mail_id` is the mail that carries the message, alone or joined with others to the same
    seat. Of a message that must reach someone, `outcome` is what was last said of it, `tried_since` the moment since
    which it is tried, and `late_at` the moment at which it counts as not reached, unless it is sent before; None once
    that was said. `next_try_at`, `claimed_until`, `tried_since` and `late_at` are real time, the other moments are
    the time of the service's clock.
    A message about the system has no `complaint_id`.
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
        Index("ix_messages_mail", "mail_id", postgresql_where=text("mail_id IS NOT NULL")),
        Index(
            "ix_messages_late",
            "late_at",
            postgresql_where=text("late_at IS NOT NULL AND state IN ('waiting', 'sending')"),
        ),
        Index(
            "ix_messages_unheld", "agency", postgresql_where=text("kind = 'seat' AND state IN ('skipped', 'failed')")
        ),
        readable(*MOMENTS),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    recipient: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    agency: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    reporter_ref: Mapped[UUID | None] = mapped_column(Uuid)
    complaint_id: Mapped[UUID | None] = mapped_column(Uuid)
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
    outcome: Mapped[str | None] = mapped_column(Text)
    tried_since: Mapped[datetime | None] = mapped_column(MOMENT)
    late_at: Mapped[datetime | None] = mapped_column(MOMENT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(MOMENT)
