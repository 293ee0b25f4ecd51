"""A reporter may appeal once: how often it was done."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("standings", sa.Column("appeals", sa.SmallInteger, server_default="0", nullable=False))


def downgrade() -> None:
    # An earlier release knows no appeal: the end stands.
    op.execute("UPDATE standings SET state = 'CLOSED' WHERE state = 'APPEALED'")
    op.drop_column("standings", "appeals")
