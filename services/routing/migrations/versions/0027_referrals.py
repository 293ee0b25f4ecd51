"""A reporter may have a case referred to the Ombudsman: the state, how often, and whether its file is there."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATES = (
    "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED', 'CLOSED', 'ARCHIVED', 'WITHDRAWN', 'ON_HOLD',"
    " 'MERGED', 'SPLIT', 'APPEALED'"
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("referrals", sa.SmallInteger, server_default="0", nullable=False))
    op.add_column("cases", sa.Column("handed_over", sa.Boolean, server_default=sa.false(), nullable=False))
    _change("has_a_state", f"state IN ({STATES}, 'REFERRED')")
    _change("returns_from_its_hold", "(held_from IS NOT NULL) = (state IN ('ON_HOLD', 'MERGED', 'REFERRED'))")


def downgrade() -> None:
    # An earlier release knows no referral: the handling goes on in the state that it had.
    op.execute("UPDATE acts SET state = 'IN_PROGRESS' WHERE state = 'REFERRED'")
    op.drop_constraint("returns_from_its_hold", "cases")
    op.execute("UPDATE cases SET state = held_from, held_from = NULL WHERE state = 'REFERRED'")
    _check("returns_from_its_hold", "(held_from IS NOT NULL) = (state IN ('ON_HOLD', 'MERGED'))")
    _change("has_a_state", f"state IN ({STATES})")
    for column in ("handed_over", "referrals"):
        op.drop_column("cases", column)


def _change(name: str, condition: str) -> None:
    op.drop_constraint(name, "cases")
    _check(name, condition)


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
