"""Supporting units contribute to a case: what was asked of whom, and the units of the requests that are open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("support", JSONB, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("cases", sa.Column("supporting", ARRAY(sa.Text), server_default="{}", nullable=False))
    some = sa.text("supporting <> '{}'")
    op.create_index("ix_cases_supporting", "cases", ["supporting"], postgresql_using="gin", postgresql_where=some)


def downgrade() -> None:
    op.drop_index("ix_cases_supporting", "cases")
    op.drop_column("cases", "supporting")
    op.drop_column("cases", "support")
