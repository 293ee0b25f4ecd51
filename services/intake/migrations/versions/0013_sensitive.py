"""A reporter may say that a complaint is sensitive; its status knows what routing says of that."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("standings", sa.Column("sensitive", sa.Boolean))


def downgrade() -> None:
    op.drop_column("standings", "sensitive")
    op.drop_column("complaints", "sensitive")
