"""Withdrawals are remembered: what is handled after it was taken back is not written."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBERS = sa.ARRAY(sa.Integer)


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("steps", NUMBERS, nullable=False),
        sa.Column("reminders", NUMBERS, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("at BETWEEN '1900-01-01Z' AND '9000-01-01Z'", "moments_are_readable"),
    )
    op.create_index("ix_withdrawals_complaint", "withdrawals", ["complaint_id"])


def downgrade() -> None:
    op.drop_table("withdrawals")
