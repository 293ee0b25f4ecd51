"""A reporter may contest a follow-up: how many there were, and whether the last may be, or is, contested."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("standings", sa.Column("follow_ups", sa.SmallInteger, server_default="0", nullable=False))
    for name in ("contestable", "contest_open"):
        op.add_column("standings", sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for name in ("contest_open", "contestable", "follow_ups"):
        op.drop_column("standings", name)
