"""What became of each notice, who acknowledged it, and to whom an agency reports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# Messages under way that must reach someone count as late from now on too.
WATCH = """
UPDATE messages SET tried_since = next_try_at, late_at = next_try_at + interval '1 day'
WHERE state IN ('waiting', 'sending') AND template IN ('to_verify', 'to_follow_up', 'escalation', 'ombudsman')
"""


def upgrade() -> None:
    op.add_column("agencies", sa.Column("parent", sa.Text))
    op.add_column("agencies", sa.Column("departed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("outcome", sa.Text))
    for name in ("tried_since", "late_at", "acknowledged_at"):
        op.add_column("messages", sa.Column(name, MOMENT))
    op.execute(WATCH)
    _create_partial("ix_messages_mail", "mail_id", "mail_id IS NOT NULL")
    _create_partial("ix_messages_late", "late_at", "late_at IS NOT NULL AND state IN ('waiting', 'sending')")
    _create_partial("ix_messages_unheld", "agency", "kind = 'seat' AND state = 'skipped'")


def downgrade() -> None:
    for name in ("ix_messages_mail", "ix_messages_late", "ix_messages_unheld"):
        op.drop_index(name, "messages")
    for name in ("outcome", "tried_since", "late_at", "acknowledged_at"):
        op.drop_column("messages", name)
    op.drop_column("agencies", "departed")
    op.drop_column("agencies", "parent")


def _create_partial(name: str, column: str, where: str) -> None:
    op.create_index(name, "messages", [column], postgresql_where=sa.text(where))
