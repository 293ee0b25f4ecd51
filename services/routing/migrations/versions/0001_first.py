"""The first tables of routing."""

import sqlalchemy as sa
from alembic import op

from shared.migrate import create_service_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_service_tables(op)
    op.create_table(
        "agencies",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
    )
    _create_cases()
    _create_acts()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("classification", sa.Text),
        sa.Column("transfers", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("step_missed", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("resolution_missed", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("ladder_step", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("ombudsman_offered", sa.Boolean, server_default=sa.false(), nullable=False),
    )
    overdue = sa.text("step_missed OR resolution_missed")
    op.create_index("ix_cases_holder", "cases", ["holder", "filed_at", "id"])
    op.create_index("ix_cases_holder_state", "cases", ["holder", "state", "filed_at", "id"])
    op.create_index("ix_cases_overdue", "cases", ["holder", "filed_at", "id"], postgresql_where=overdue)
    op.create_index("ix_cases_state", "cases", ["state", "filed_at", "id"])
    op.create_index("ix_cases_filed_at", "cases", ["filed_at", "id"])


def _create_acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("classification", sa.Text),
        sa.Column("sealed", sa.Text),
        sa.Column("idempotency_key", sa.Text),
        sa.UniqueConstraint("complaint_id", "idempotency_key"),
    )
