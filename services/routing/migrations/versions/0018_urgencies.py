"""A case may be urgent: whether it is, how often it was, and why its filing was an alarm."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("urgencies", sa.SmallInteger, nullable=False, server_default="1"))
    op.add_column("cases", sa.Column("urgent_by", sa.Text))


def downgrade() -> None:
    for column in ("urgent_by", "urgencies", "urgent"):
        op.drop_column("cases", column)
