"""What an event that was parked must not put back: the holder, and each follow-up with its moment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEPT = """
UPDATE complaints SET follow_ups = array_remove(ARRAY[followed_up_at], NULL),
       transfers = (SELECT max(cycle) - 1 FROM clocks WHERE complaint_id = complaints.id AND name = 'follow_up')
"""
LAST = "UPDATE complaints SET followed_up_at = (SELECT max(at) FROM unnest(follow_ups) AS at)"


def upgrade() -> None:
    op.alter_column("complaints", "confidential", server_default=sa.text("true"))
    op.add_column("complaints", sa.Column("transfers", sa.SmallInteger))
    op.add_column("complaints", sa.Column("follow_ups", ARRAY(MOMENT), nullable=False, server_default="{}"))
    op.execute(KEPT)
    op.drop_column("complaints", "followed_up_at")


def downgrade() -> None:
    op.add_column("complaints", sa.Column("followed_up_at", MOMENT))
    op.execute(LAST)
    op.drop_column("complaints", "follow_ups")
    op.drop_column("complaints", "transfers")
    op.alter_column("complaints", "confidential", server_default=sa.text("false"))
