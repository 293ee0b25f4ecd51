"""The first round that a withdrawal takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("withdrawals", sa.Column("from_round", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("withdrawals", "from_round")
