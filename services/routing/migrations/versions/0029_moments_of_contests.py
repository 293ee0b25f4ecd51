"""The moment of the follow-up that a contest is about gets a column of its own; it stood in that of reasons."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

READABLE = "contested_at BETWEEN '1900-01-01Z' AND '9000-01-01Z'"


def upgrade() -> None:
    op.add_column("acts", sa.Column("contested_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE acts SET contested_at = reason::timestamptz, reason = NULL WHERE kind = 'contest'")
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE acts ADD CONSTRAINT contests_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE acts VALIDATE CONSTRAINT contests_are_readable")


def downgrade() -> None:
    op.execute("UPDATE acts SET reason = contested_at::text WHERE kind = 'contest'")
    op.drop_constraint("contests_are_readable", "acts")
    op.drop_column("acts", "contested_at")
