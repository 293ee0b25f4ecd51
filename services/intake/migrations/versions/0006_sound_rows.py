"""A set-aside message or a promise whose moment Python cannot read is refused: it would stop whatever reads it."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENTS = {
    "parked": (
        "parked_at",
        "tried_at",
        "next_try_at",
    ),
    "later": ("received_at",),
    "watermarks": ("up_to",),
}
CONDITIONS = {
    table: " AND ".join(f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments)
    for table, moments in MOMENTS.items()
}
# What was set aside stays, as of now; the next promise comes by itself.
REPAIRS = (
    "UPDATE parked SET parked_at = DEFAULT, tried_at = NULL, next_try_at = DEFAULT WHERE NOT ({parked})",
    "UPDATE later SET received_at = DEFAULT WHERE NOT ({later})",
    "DELETE FROM watermarks WHERE NOT ({watermarks})",
)


def upgrade() -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for table, condition in CONDITIONS.items():
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT moments_are_readable CHECK ({condition}) NOT VALID")
    for repair in REPAIRS:
        op.execute(repair.format(**CONDITIONS))
    for table in CONDITIONS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT moments_are_readable")


def downgrade() -> None:
    for table in CONDITIONS:
        op.drop_constraint("moments_are_readable", table)
