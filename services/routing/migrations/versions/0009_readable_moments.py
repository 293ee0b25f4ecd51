"""A moment that Python cannot read is refused: its row would stop whatever reads it."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENTS = {
    "cases": (
        "filed_at",
        "withdrawn_at",
    ),
    "acts": ("at",),
}
CONDITIONS = {
    table: " AND ".join(f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments)
    for table, moments in MOMENTS.items()
}


def upgrade() -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for table, condition in CONDITIONS.items():
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT moments_are_readable CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT moments_are_readable")


def downgrade() -> None:
    for table in CONDITIONS:
        op.drop_constraint("moments_are_readable", table)
