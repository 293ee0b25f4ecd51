"""A correction may name the field and the region of a matter, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("corrected_field", sa.Text))
    op.add_column("cases", sa.Column("corrected_region", sa.Text))
    op.add_column("acts", sa.Column("corrected", JSONB))


def downgrade() -> None:
    op.drop_column("acts", "corrected")
    op.drop_column("cases", "corrected_region")
    op.drop_column("cases", "corrected_field")
