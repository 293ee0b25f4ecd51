"""Promises of progress: what this service promised, and how far it knows the others."""

from alembic import op

from shared.migrate import create_promises, drop_promises

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_promises(op)


def downgrade() -> None:
    drop_promises(op)
