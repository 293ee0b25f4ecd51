"""A reporter may contest a follow-up: the follow-ups of each turn, those that may be contested, and who judges."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LISTS = "follow_ups", "contestable"
COLUMNS: dict[str, sa.Column[Any]] = {
    **{name: sa.Column(name, ARRAY(MOMENT), server_default="{}", nullable=False) for name in LISTS},
    "contests": sa.Column("contests", sa.SmallInteger, server_default="0", nullable=False),
    "contested_at": sa.Column("contested_at", MOMENT),
    "judge": sa.Column("judge", sa.Text),
    "was_late": sa.Column("was_late", sa.Boolean, server_default=sa.false(), nullable=False),
}
READABLE = " AND ".join(
    [
        "(contested_at BETWEEN '1900-01-01Z' AND '9000-01-01Z')",
        *(f"'1900-01-01Z' <= ALL ({name}) AND '9000-01-01Z' >= ALL ({name})" for name in LISTS),
    ]
)
NEW = {
    "contest_has_a_judge": "contested_at IS NULL OR judge IS NOT NULL",
    "follow_ups_are_readable": READABLE,
}
# What was followed up in the turn of the present holder stands, and is too old to be contested.
STANDING = """
UPDATE cases c SET follow_ups = found.moments
FROM (SELECT complaint_id, array_agg(at ORDER BY at) AS moments FROM acts a
      WHERE kind IN ('follow-up', 'answer', 'approval')
      AND at > coalesce((SELECT max(at) FROM acts t WHERE t.complaint_id = a.complaint_id
                         AND kind IN ('verification', 'forward', 'departure', 'part')), '-infinity')
      GROUP BY complaint_id) found
WHERE found.complaint_id = c.id AND coalesce(c.held_from, c.state) IN ('IN_PROGRESS', 'ANSWERED', 'CLOSED')
"""


def upgrade() -> None:
    for column in COLUMNS.values():
        op.add_column("cases", column)
    op.execute(STANDING)
    for name, condition in NEW.items():
        # A constraint that is added without a look at the rows takes its lock for a moment only.
        op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
    waits = sa.text("contested_at IS NOT NULL")
    op.create_index("ix_cases_contested", "cases", ["holder", "filed_at", "id"], postgresql_where=waits)


def downgrade() -> None:
    # An earlier release knows no contest: every follow-up stands.
    op.drop_index("ix_cases_contested", "cases")
    for name in NEW:
        op.drop_constraint(name, "cases")
    for name in COLUMNS:
        op.drop_column("cases", name)
