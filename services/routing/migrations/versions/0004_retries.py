"""Parked messages try again by themselves, and events of a later release are kept."""

from alembic import op

from shared.migrate import add_retries, remove_retries

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_retries(op)


def downgrade() -> None:
    remove_retries(op)
