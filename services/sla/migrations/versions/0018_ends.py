"""A complaint also ends in the archive or by its reporter's withdrawal: its moment, and the outcome of its clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENTS = "filed_at", "reassigned_at", "verified_at", "answered_at", "silent_since"
FOLLOW_UPS = "'1900-01-01Z' <= ALL (follow_ups) AND '9000-01-01Z' >= ALL (follow_ups)"
LIFE_ENDS = "name <> 'life' OR outcome IS NULL OR outcome IN ({})"
WAS_OPEN, IS_OPEN = "{0}answered_at IS NULL", "{0}answered_at IS NULL AND {0}ended_at IS NULL"
# An earlier release knows one end only.
ANSWERED = (
    "UPDATE complaints SET answered_at = coalesce(answered_at, ended_at) WHERE ended_at IS NOT NULL",
    "UPDATE clocks SET outcome = CASE name WHEN 'life' THEN 'answered' ELSE 'met' END WHERE outcome = 'ended'",
)


def upgrade() -> None:
    op.add_column("complaints", sa.Column("ended_at", sa.DateTime(timezone=True)))
    _check("complaints", "moments_are_readable", _readable((*MOMENTS, "ended_at")))
    _check("clocks", "life_ends_by_an_act", LIFE_ENDS.format("'answered', 'ended'"))
    _open_is(IS_OPEN)


def downgrade() -> None:
    for statement in ANSWERED:
        op.execute(statement)
    _open_is(WAS_OPEN)
    _check("clocks", "life_ends_by_an_act", LIFE_ENDS.format("'answered'"))
    _check("complaints", "moments_are_readable", _readable(MOMENTS))
    op.drop_column("complaints", "ended_at")


def _readable(moments: tuple[str, ...]) -> str:
    return " AND ".join([f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments] + [FOLLOW_UPS])


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(name, table)
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def _open_is(condition: str) -> None:
    """The index of the longest silences, and the guard of open complaints."""
    op.drop_index("complaints_silent", "complaints")
    op.create_index(
        "complaints_silent",
        "complaints",
        ["confidential", "silent_since", "id"],
        postgresql_where=sa.text(condition.format("")),
    )
    op.execute("DROP TRIGGER open_stays ON complaints")
    op.execute(
        "CREATE TRIGGER open_stays BEFORE DELETE ON complaints FOR EACH ROW"
        f" WHEN ({condition.format('OLD.')}) EXECUTE FUNCTION open_stays()"
    )
