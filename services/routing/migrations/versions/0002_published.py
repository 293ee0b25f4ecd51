"""The moment of a publication, so that the next one is later even if another machine's clock was ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    published = sa.Column("published_at", sa.DateTime(timezone=True), nullable=False, server_default="-infinity")
    op.add_column("agencies", published)


def downgrade() -> None:
    op.drop_column("agencies", "published_at")
