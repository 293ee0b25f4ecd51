"""A climb keeps whom it was said to, so that nobody is told twice when a holder or the directory has changed since."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SEATS = (
    "told = '{}' OR array_ndims(told) = 1"
    " AND array_to_string(told, ';', '') || ';' ~ '^([^;]+/(liaison|coordinator|leader);)+$'"
)


def upgrade() -> None:
    op.add_column("fired", sa.Column("told", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.execute(f"ALTER TABLE fired ADD CONSTRAINT told_are_seats CHECK ({SEATS}) NOT VALID")
    op.execute("ALTER TABLE fired VALIDATE CONSTRAINT told_are_seats")


def downgrade() -> None:
    op.drop_column("fired", "told")
