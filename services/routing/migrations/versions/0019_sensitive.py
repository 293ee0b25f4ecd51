"""A case may be sensitive: whether it is, and why its filing was."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("sensitive_by", sa.Text))


def downgrade() -> None:
    for column in ("sensitive_by", "sensitive"):
        op.drop_column("cases", column)
