"""Statuses count the transfers of a complaint; the code of its holder is dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNT_TRANSFERS = """
UPDATE standings SET transfers = counted.transfers
  FROM (SELECT complaint_id, max(CAST(details ->> 'transfers' AS integer)) AS transfers
          FROM timeline WHERE type = 'ComplaintForwarded' GROUP BY complaint_id) AS counted
 WHERE standings.complaint_id = counted.complaint_id
"""


def upgrade() -> None:
    op.add_column("standings", sa.Column("transfers", sa.Integer, nullable=False, server_default="0"))
    op.execute(COUNT_TRANSFERS)
    op.drop_column("standings", "agency")


def downgrade() -> None:
    op.add_column("standings", sa.Column("agency", sa.Text))
    op.drop_column("standings", "transfers")
