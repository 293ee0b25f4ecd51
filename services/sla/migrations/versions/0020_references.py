"""The tracking reference of a complaint, for the public lists; of those filed before, intake says it again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("reference", sa.Text))
    is_known = sa.text("reference IS NOT NULL")
    op.create_index("complaints_reference", "complaints", ["reference"], postgresql_where=is_known)


def downgrade() -> None:
    op.drop_index("complaints_reference", "complaints")
    op.drop_column("complaints", "reference")
