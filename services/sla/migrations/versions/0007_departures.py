"""Agencies that have left the directory, and when a complaint of one was reassigned."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("departed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("complaints", sa.Column("reassigned_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("complaints", "reassigned_at")
    op.drop_column("agencies", "departed")
