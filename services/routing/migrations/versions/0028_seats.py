"""Of each seat that was published the SHA-256 of its address, by which the auditor compares those who send mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("seats", JSONB))


def downgrade() -> None:
    op.drop_column("agencies", "seats")
