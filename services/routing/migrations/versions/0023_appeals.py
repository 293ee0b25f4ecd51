"""A reporter may appeal once: the state, the agency that decides, and the end at stake."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATES = (
    "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED', 'CLOSED', 'ARCHIVED', 'WITHDRAWN', 'ON_HOLD',"
    " 'MERGED', 'SPLIT'"
)
NEW = {
    "is_appealed_to_an_agency": "appellate IS NOT NULL OR state <> 'APPEALED'",
    "appeal_has_an_end_at_stake": "(end_at_stake IS NOT NULL) = (state = 'APPEALED')",
    "end_at_stake_is_an_end": "end_at_stake IN ('CLOSED', 'ARCHIVED')",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("appeals", sa.SmallInteger, server_default="0", nullable=False))
    for column in ("appellate", "end_at_stake"):
        op.add_column("cases", sa.Column(column, sa.Text))
    _change("has_a_state", f"state IN ({STATES}, 'APPEALED')")
    for name, condition in NEW.items():
        _check(name, condition)


def downgrade() -> None:
    # An earlier release knows no appeal: the end at stake stands.
    op.execute("UPDATE acts SET state = 'CLOSED' WHERE state = 'APPEALED'")
    for name in NEW:
        op.drop_constraint(name, "cases")
    op.execute("UPDATE cases SET state = end_at_stake WHERE state = 'APPEALED'")
    _change("has_a_state", f"state IN ({STATES})")
    for column in ("end_at_stake", "appellate", "appeals"):
        op.drop_column("cases", column)


def _change(name: str, condition: str) -> None:
    op.drop_constraint(name, "cases")
    _check(name, condition)


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
