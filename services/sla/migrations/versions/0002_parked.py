"""What an event that was parked must not put back: holder, follow-ups and an agency of a later moment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COUNTED = """
UPDATE complaints SET transfers = turns.last - 1,
       follow_ups = CASE WHEN followed_up_at IS NULL THEN '{}' ELSE ARRAY[followed_up_at] END
  FROM (SELECT complaint_id, max(cycle) AS last FROM clocks WHERE name = 'follow_up' GROUP BY complaint_id) AS turns
 WHERE complaints.id = turns.complaint_id
"""


def upgrade() -> None:
    """Adds only, so that processes of the release before go on; what they alone used goes a release later."""
    op.alter_column("complaints", "confidential", server_default=sa.text("true"))
    op.add_column("complaints", sa.Column("transfers", sa.SmallInteger))
    op.add_column("complaints", sa.Column("follow_ups", ARRAY(MOMENT), nullable=False, server_default="{}"))
    op.execute(COUNTED)
    published = sa.Column("published_at", MOMENT, nullable=False, server_default="-infinity")
    op.add_column("agencies", published)


def downgrade() -> None:
    op.drop_column("agencies", "published_at")
    op.drop_column("complaints", "follow_ups")
    op.drop_column("complaints", "transfers")
    op.alter_column("complaints", "confidential", server_default=sa.text("false"))
