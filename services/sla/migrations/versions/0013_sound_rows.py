"""A row that would stop whatever reads it is refused: a moment that Python cannot read, seats that are no list."""

from alembic import op

revision = "0013"
down_revision = "0012"
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
    # Until it is published again, nobody can be reached there.
    "UPDATE agencies SET seats = '{{}}' WHERE NOT jsonb_typeof(seats) = 'object'",
)


def upgrade() -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for table, condition in CONDITIONS.items():
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT moments_are_readable CHECK ({condition}) NOT VALID")
    op.execute("ALTER TABLE agencies ADD CONSTRAINT has_seats CHECK (jsonb_typeof(seats) = 'object') NOT VALID")
    for repair in REPAIRS:
        op.execute(repair.format(**CONDITIONS))
    for table in CONDITIONS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT moments_are_readable")
    op.execute("ALTER TABLE agencies VALIDATE CONSTRAINT has_seats")


def downgrade() -> None:
    op.drop_constraint("has_seats", "agencies")
    for table in CONDITIONS:
        op.drop_constraint("moments_are_readable", table)
