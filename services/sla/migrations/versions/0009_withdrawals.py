"""Steps that were announced wrongly and taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("clock", sa.Text, primary_key=True),
        sa.Column("cycle", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("step", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("fired_at", MOMENT, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("withdrawals")
