"""A reply that came before a closing undoes it: the moments of such replies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "'1900-01-01Z' <= ALL (revivals) AND '9000-01-01Z' >= ALL (revivals)"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("revivals", ARRAY(MOMENT), nullable=False, server_default="{}"))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT revivals_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT revivals_are_readable")


def downgrade() -> None:
    op.drop_constraint("revivals_are_readable", "complaints")
    op.drop_column("complaints", "revivals")
