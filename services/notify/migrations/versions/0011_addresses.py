"""The moment since which the address of a seat is known: a mail of before may have gone to another."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seats", sa.Column("email_since", sa.DateTime(timezone=True)))
    readable = "email_since BETWEEN '1900-01-01Z' AND '9000-01-01Z'"
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE seats ADD CONSTRAINT moments_are_readable CHECK ({readable}) NOT VALID")
    op.execute("ALTER TABLE seats VALIDATE CONSTRAINT moments_are_readable")


def downgrade() -> None:
    op.drop_column("seats", "email_since")
