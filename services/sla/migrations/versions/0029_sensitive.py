"""A complaint may be sensitive, and is then in no public list."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

READABLE = "sensitive_at BETWEEN '1900-01-01Z' AND '9000-01-01Z'"
SILENT = ("complaints_silent", "complaints", ["confidential", "silent_since", "id"])
IS_OPEN = sa.text("answered_at IS NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.add_column("complaints", sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("complaints", sa.Column("sensitive_at", sa.DateTime(timezone=True)))
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT sensitivity_is_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT sensitivity_is_readable")
    # Counting the silent reads the index alone.
    op.drop_index("complaints_silent")
    op.create_index(*SILENT, postgresql_where=IS_OPEN, postgresql_include=["sensitive"])


def downgrade() -> None:
    op.drop_index("complaints_silent")
    op.create_index(*SILENT, postgresql_where=IS_OPEN)
    op.drop_constraint("sensitivity_is_readable", "complaints")
    op.drop_column("complaints", "sensitive_at")
    op.drop_column("complaints", "sensitive")
