"""How often a complaint was passed on stands beside its holder; the holder's code told less."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTED = """
UPDATE standings SET transfers = told.transfers
  FROM (SELECT complaint_id, max(CAST(details ->> 'transfers' AS integer)) AS transfers
          FROM timeline WHERE type = 'ComplaintForwarded' GROUP BY complaint_id) AS told
 WHERE standings.complaint_id = told.complaint_id
"""


def upgrade() -> None:
    op.add_column("standings", sa.Column("transfers", sa.Integer, nullable=False, server_default="0"))
    op.execute(COUNTED)
    op.drop_column("standings", "agency")


def downgrade() -> None:
    op.add_column("standings", sa.Column("agency", sa.Text))
    op.drop_column("standings", "transfers")
