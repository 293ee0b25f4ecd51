"""The first tables of notify."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrate import create_service_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_service_tables(op)
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("reporter_ref", sa.Uuid),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
    )
    op.create_table(
        "agencies",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
    )
    op.create_table(
        "seats",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
    )
    op.create_table(
        "contacts",
        sa.Column("reporter_ref", sa.Uuid, primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )
    _create_ledger()


def _create_ledger() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("reporter_ref", sa.Uuid),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("template_version", sa.Text),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("state", sa.Text, server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("smtp_code", sa.Integer),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("mail_id", sa.Uuid),
        sa.Column("claimed_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.UniqueConstraint("event_id", "recipient", "channel", name="messages_send_key"),
    )
    op.create_index("ix_messages_complaint", "messages", ["complaint_id", "id"])
    _create_partial("ix_messages_unsent", ["state", "id"], "state <> 'sent'")
    _create_partial("ix_messages_fresh", ["next_try_at", "id"], "state = 'waiting' AND mail_id IS NULL")
    again = "state IN ('waiting', 'sending') AND mail_id IS NOT NULL"
    _create_partial("ix_messages_again", ["mail_id", "next_try_at"], again)


def _create_partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "messages", columns, postgresql_where=sa.text(where))
