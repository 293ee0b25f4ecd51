"""A pause that the database lets stand ends within the time in which any clock takes its next step."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    ends = "paused_until IS NULL OR paused_until <= paused_at + '150 days'"
    op.execute(f"ALTER TABLE clocks ADD CONSTRAINT pause_ends CHECK ({ends}) NOT VALID")
    op.execute("ALTER TABLE clocks VALIDATE CONSTRAINT pause_ends")


def downgrade() -> None:
    op.drop_constraint("pause_ends", "clocks")
