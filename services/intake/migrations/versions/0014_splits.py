"""A complaint may be a part of another, whose PIN opens it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("part_of", sa.Uuid))
    is_part = sa.text("part_of IS NOT NULL")
    op.create_index("ix_complaints_part_of", "complaints", ["part_of"], postgresql_where=is_part)


def downgrade() -> None:
    op.drop_index("ix_complaints_part_of", "complaints")
    op.drop_column("complaints", "part_of")
