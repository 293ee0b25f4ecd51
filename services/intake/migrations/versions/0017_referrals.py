"""A reporter may have a complaint referred to the Ombudsman while that is offered."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("standings", sa.Column("offered", sa.Boolean, server_default=sa.false(), nullable=False))
    # What was offered before this release, and neither taken back nor answered.
    op.execute(
        "UPDATE standings s SET offered = true WHERE s.state NOT IN ('CLOSED', 'ARCHIVED', 'WITHDRAWN') AND EXISTS ("
        "SELECT FROM timeline t WHERE t.complaint_id = s.complaint_id AND t.type = 'OmbudsmanOffered' AND NOT EXISTS ("
        "SELECT FROM timeline w WHERE w.complaint_id = t.complaint_id AND w.type = 'EscalationWithdrawn'"
        " AND w.details ->> 'clock' = 'ombudsman' AND w.at > t.at))"
    )


def downgrade() -> None:
    # An earlier release knows no referral: the handling goes on in the state that it had.
    op.execute("UPDATE standings SET state = held_from, held_from = NULL WHERE state = 'REFERRED'")
    op.drop_column("standings", "offered")
