"""A complaint may be split into parts: the state, the whole of each part, and what it inherits from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATES = (
    "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED', 'CLOSED', 'ARCHIVED', 'WITHDRAWN', 'ON_HOLD',"
    " 'MERGED'"
)
NEW = {
    "inherits_as_a_part": "(part_of IS NOT NULL) = (inherited IS NOT NULL)",
    "is_a_part_of_a_whole": "part_of IS NULL OR (part_of <> id AND state <> 'SPLIT')",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("part_of", sa.Uuid))
    op.add_column("cases", sa.Column("inherited", JSONB))
    _change("has_a_state", f"state IN ({STATES}, 'SPLIT')")
    for name, condition in NEW.items():
        _check(name, condition)
    op.create_index("ix_cases_part_of", "cases", ["part_of"], postgresql_where=sa.text("part_of IS NOT NULL"))


def downgrade() -> None:
    # An earlier release knows no split: the whole goes on beside its parts, which are complaints of their own.
    op.execute("UPDATE cases SET state = 'IN_PROGRESS' WHERE state = 'SPLIT'")
    op.execute("UPDATE acts SET state = 'IN_PROGRESS' WHERE state = 'SPLIT'")
    op.drop_index("ix_cases_part_of", "cases")
    for name in NEW:
        op.drop_constraint(name, "cases")
    _change("has_a_state", f"state IN ({STATES})")
    for name in ("inherited", "part_of"):
        op.drop_column("cases", name)


def _change(name: str, condition: str) -> None:
    op.drop_constraint(name, "cases")
    _check(name, condition)


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
