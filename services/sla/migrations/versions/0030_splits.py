"""A complaint may be split into parts: when it was, and the whole of each part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

READABLE = "'1900-01-01Z' <= ALL (splits) AND '9000-01-01Z' >= ALL (splits)"


def upgrade() -> None:
    moments = ARRAY(sa.DateTime(timezone=True))
    op.add_column("complaints", sa.Column("splits", moments, server_default="{}", nullable=False))
    op.add_column("complaints", sa.Column("part_of", sa.Uuid))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT splits_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT splits_are_readable")
    is_part = sa.text("part_of IS NOT NULL")
    op.create_index("complaints_part_of", "complaints", ["part_of"], postgresql_where=is_part)


def downgrade() -> None:
    op.drop_index("complaints_part_of", "complaints")
    op.drop_constraint("splits_are_readable", "complaints")
    op.drop_column("complaints", "part_of")
    op.drop_column("complaints", "splits")
