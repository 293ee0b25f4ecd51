"""A case also ends in the archive or by the reporter's withdrawal; an act may have a reason."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED'"
WAS_OPEN, IS_OPEN = "{}state <> 'ANSWERED'", "{}state NOT IN ('ANSWERED', 'ARCHIVED', 'WITHDRAWN')"
TRIGGERS = {
    "open_stays": "BEFORE DELETE ON cases FOR EACH ROW WHEN ({is_open})",
    "open_keeps_its_key": (
        "BEFORE UPDATE OF id ON cases FOR EACH ROW WHEN ({is_open} AND OLD.id IS DISTINCT FROM NEW.id)"
    ),
}


def upgrade() -> None:
    op.add_column("acts", sa.Column("reason", sa.Text))
    _state_in(f"{STATES}, 'ARCHIVED', 'WITHDRAWN'")
    _open_is(IS_OPEN)


def downgrade() -> None:
    # An earlier release knows one end only.
    op.execute("UPDATE cases SET state = 'ANSWERED' WHERE state IN ('ARCHIVED', 'WITHDRAWN')")
    op.execute("UPDATE acts SET state = 'ANSWERED' WHERE state IN ('ARCHIVED', 'WITHDRAWN')")
    _state_in(STATES)
    _open_is(WAS_OPEN)
    op.drop_column("acts", "reason")


def _state_in(states: str) -> None:
    op.drop_constraint("has_a_state", "cases")
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT has_a_state CHECK (state IN ({states})) NOT VALID")
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT has_a_state")


def _open_is(condition: str) -> None:
    """The index and the guards of open cases."""
    op.drop_index("ix_cases_verifier", "cases")
    op.create_index("ix_cases_verifier", "cases", ["verifier"], postgresql_where=sa.text(condition.format("")))
    for name, occasion in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON cases")
        op.execute(
            f"CREATE TRIGGER {name} {occasion.format(is_open=condition.format('OLD.'))} EXECUTE FUNCTION open_stays()"
        )
