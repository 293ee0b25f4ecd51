"""A sample of the answers gets a second look by the agency above."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("review_open", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_cases_review", "cases", ["holder", "filed_at", "id"], postgresql_where=sa.text("review_open"))


def downgrade() -> None:
    op.drop_index("ix_cases_review", "cases")
    op.drop_column("cases", "review_open")
