"""When seats were last reached, checks that a clock made ahead of its time, and a version that is never used twice."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BEFORE = "fired_at", "reached_at", "acknowledged_at", "check_at"
SEATS = (
    "passed_over = '{}' OR array_ndims(passed_over) = 1"
    " AND array_to_string(passed_over, ';', '') || ';' ~ '^([^;]+/(liaison|coordinator|leader);)+$'"
)
# A replica of the release before still counts the version up by one meanwhile.
ROOM = 1_000


def upgrade() -> None:
    op.create_table(
        "reached_seats",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("reached_at", MOMENT, nullable=False),
        sa.CheckConstraint("reached_at BETWEEN '1900-01-01Z' AND '9000-01-01Z'", "moments_are_readable"),
    )
    op.execute("CREATE SEQUENCE directory_numbers")
    op.execute(f"SELECT setval('directory_numbers', coalesce(max(version) + {ROOM}, 1), false) FROM directory_versions")
    op.add_column("fired", sa.Column("checked_at", MOMENT))
    op.drop_constraint("moments_are_readable", "fired")
    op.execute(f"UPDATE fired SET passed_over = '{{}}' WHERE NOT ({SEATS})")
    _check("moments_are_readable", _readable(*BEFORE, "checked_at"))
    _check("passed_over_are_seats", SEATS)


def downgrade() -> None:
    op.drop_constraint("passed_over_are_seats", "fired")
    op.drop_constraint("moments_are_readable", "fired")
    op.drop_column("fired", "checked_at")
    _check("moments_are_readable", _readable(*BEFORE))
    op.execute("DROP SEQUENCE directory_numbers")
    op.drop_table("reached_seats")


def _readable(*moments: str) -> str:
    return " AND ".join(f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments)


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE fired ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE fired VALIDATE CONSTRAINT {name}")
