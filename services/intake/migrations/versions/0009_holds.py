"""A complaint may be on hold, and its reporter completes it once for each hold."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

PRIMARY, KEY = "reporter_acts_pkey", ["complaint_id", "act"]


def upgrade() -> None:
    op.add_column("standings", sa.Column("holds", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("standings", sa.Column("held_from", sa.Text))
    op.add_column("reporter_acts", sa.Column("number", sa.SmallInteger, server_default="0", nullable=False))
    op.drop_constraint(PRIMARY, "reporter_acts")
    op.create_primary_key(PRIMARY, "reporter_acts", [*KEY, "number"])


def downgrade() -> None:
    # An earlier release knows no hold and no completion.
    op.execute("UPDATE standings SET state = held_from WHERE held_from IS NOT NULL")
    op.execute("DELETE FROM reporter_acts WHERE act = 'completion'")
    op.drop_constraint(PRIMARY, "reporter_acts")
    op.create_primary_key(PRIMARY, "reporter_acts", KEY)
    op.drop_column("reporter_acts", "number")
    op.drop_column("standings", "held_from")
    op.drop_column("standings", "holds")
