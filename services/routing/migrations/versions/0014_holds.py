"""A case may be on hold while its reporter is asked something, and returns to the state of before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED', 'ARCHIVED', 'WITHDRAWN'"
CHECKS = {
    "returns_from_its_hold": "(held_from IS NOT NULL) = (state = 'ON_HOLD')",
    "is_held_from_an_open_state": "held_from IN ('UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS')",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("reachable", sa.Boolean, server_default=sa.true(), nullable=False))
    op.add_column("cases", sa.Column("holds", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("cases", sa.Column("held_from", sa.Text))
    for name in ("asked_in_turn", "question_reached"):
        op.add_column("cases", sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False))
    _state_in(f"{STATES}, 'ON_HOLD'")
    for name, condition in CHECKS.items():
        _check(name, condition)


def downgrade() -> None:
    # An earlier release knows no question: whoever holds the case goes on.
    op.execute("UPDATE cases SET state = held_from, held_from = NULL WHERE state = 'ON_HOLD'")
    op.execute("UPDATE acts SET state = 'IN_PROGRESS' WHERE state = 'ON_HOLD'")
    for name in CHECKS:
        op.drop_constraint(name, "cases")
    _state_in(STATES)
    for column in ("question_reached", "asked_in_turn", "held_from", "holds", "reachable"):
        op.drop_column("cases", column)


def _state_in(states: str) -> None:
    op.drop_constraint("has_a_state", "cases")
    _check("has_a_state", f"state IN ({states})")


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
