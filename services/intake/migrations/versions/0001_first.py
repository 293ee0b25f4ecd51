"""The first tables: complaints, reporters, timeline, standings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrate import create_service_tables

revision = "0001"
down_revision = None

IMMUTABLE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a complaint stays as it was filed'; END $$
"""
GUARD = "CREATE TRIGGER immutable BEFORE UPDATE ON complaints FOR EACH ROW EXECUTE FUNCTION refuse_change()"


def upgrade() -> None:
    create_service_tables(op)
    _create_complaints()
    _create_reporters()
    _create_timeline()
    _create_standings()


def _create_complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False, unique=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("agency", sa.Text),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("reporter_ref", sa.Uuid),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("fingerprint", sa.LargeBinary),
    )
    op.create_index(
        "ix_complaints_idempotency_key",
        "complaints",
        ["idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.execute(IMMUTABLE)
    op.execute(GUARD)


def _create_reporters() -> None:
    op.create_table(
        "reporters",
        sa.Column("reporter_ref", sa.Uuid, primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )


def _create_timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("sealed", sa.Text),
    )
    op.create_index("ix_timeline_complaint_id", "timeline", ["complaint_id", "at", "event_id"])


def _create_standings() -> None:
    op.create_table(
        "standings",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("agency_name", sa.Text),
        sa.Column("missed", JSONB, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
    )
