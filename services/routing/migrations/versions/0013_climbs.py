"""The last moment of each step of a case, so that a withdrawal that comes late takes back no later step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("climbs", JSONB, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("cases", "climbs")
