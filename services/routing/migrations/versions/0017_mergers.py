"""A case may be merged into another: the state, the other case, and the index that finds those merged into one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED', 'CLOSED', 'ARCHIVED', 'WITHDRAWN', 'ON_HOLD'"
RETURNS = "(held_from IS NOT NULL) = (state {})"
NEW = {
    "waits_for_another": "(merged_into IS NOT NULL) = (state = 'MERGED')",
    "waits_for_no_answer_to_itself": "merged_into <> id",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("mergers", sa.SmallInteger, server_default="0", nullable=False))
    for table in ("cases", "acts"):
        op.add_column(table, sa.Column("merged_into", sa.Uuid))
    _change("has_a_state", f"state IN ({STATES}, 'MERGED')")
    _change("returns_from_its_hold", RETURNS.format("IN ('ON_HOLD', 'MERGED')"))
    for name, condition in NEW.items():
        _check(name, condition)
    is_merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_cases_merged_into", "cases", ["merged_into"], postgresql_where=is_merged)


def downgrade() -> None:
    # An earlier release knows no merger: each case goes on by itself.
    op.execute("UPDATE cases SET state = held_from, held_from = NULL, merged_into = NULL WHERE state = 'MERGED'")
    op.execute("UPDATE acts SET state = 'IN_PROGRESS' WHERE state = 'MERGED'")
    op.drop_index("ix_cases_merged_into", "cases")
    for name in NEW:
        op.drop_constraint(name, "cases")
    _change("returns_from_its_hold", RETURNS.format("= 'ON_HOLD'"))
    _change("has_a_state", f"state IN ({STATES})")
    for table in ("acts", "cases"):
        op.drop_column(table, "merged_into")
    op.drop_column("cases", "mergers")


def _change(name: str, condition: str) -> None:
    op.drop_constraint(name, "cases")
    _check(name, condition)


def _check(name: str, condition: str) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
