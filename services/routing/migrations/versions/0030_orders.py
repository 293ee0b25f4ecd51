"""An order of a leader waits for its acknowledgement: how many orders a case has had, and who gave the open ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# Open are the orders after whatever ends orders: an acknowledgement, a new turn, or a state without any.
KNOWN = """
UPDATE cases c SET orders = found.orders, ordered_by = CASE WHEN c.order_open THEN found.open ELSE '{}' END
FROM (SELECT complaint_id, count(*) AS orders,
             coalesce(array_agg(coalesce(agency, '00') ORDER BY at) FILTER (WHERE at > coalesce(
                 (SELECT max(at) FROM acts e WHERE e.complaint_id = a.complaint_id
                  AND (e.kind IN ('acknowledgement', 'forward', 'departure') OR e.state NOT IN
                       ('AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ON_HOLD', 'MERGED', 'REFERRED'))), '-infinity')
             ), '{}') AS open
      FROM acts a WHERE kind = 'order' GROUP BY complaint_id) found
WHERE found.complaint_id = c.id
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("orders", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("cases", sa.Column("ordered_by", ARRAY(sa.Text), server_default="{}", nullable=False))
    op.execute(KNOWN)


def downgrade() -> None:
    op.drop_column("cases", "ordered_by")
    op.drop_column("cases", "orders")
