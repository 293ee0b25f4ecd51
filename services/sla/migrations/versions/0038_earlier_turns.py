"""A part is counted by the calendars as well of whoever had its whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("earlier_turns", ARRAY(sa.Text), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("complaints", "earlier_turns")
