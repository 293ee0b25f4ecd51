"""Clocks pause while a reporter is asked: their pauses, the ends of the holds, and the limit of a hold."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

LISTS = {"clocks": "pauses", "complaints": "resumptions"}
READABLE = "'1900-01-01Z' <= ALL ({0}) AND '9000-01-01Z' >= ALL ({0})"
# The practice of SP4N-LAPOR!; no regulation says it.
HOLD = {"clock": "hold", "classification": None, "days": 30, "unit": "calendar", "source": "Tanggap", "kind": None}
SEED = "UPDATE policies SET limits = limits || CAST(:limits AS jsonb) WHERE version = 1"
UNSEED = """
UPDATE policies SET limits =
  (SELECT jsonb_agg(each) FROM jsonb_array_elements(limits) each WHERE each->>'clock' <> 'hold') WHERE version = 1
"""


def upgrade() -> None:
    for table, column in LISTS.items():
        type = ARRAY(sa.DateTime(timezone=True))
        op.add_column(table, sa.Column(column, type, server_default="{}", nullable=False))
        # A constraint that is added without a look at the rows takes its lock for a moment only.
        condition = READABLE.format(column)
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {column}_are_readable CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {column}_are_readable")
    _change_the_seed(sa.text(SEED).bindparams(limits=json.dumps([HOLD])))


def downgrade() -> None:
    _change_the_seed(sa.text(UNSEED))
    # An earlier release cannot count a hold, and knows no pause.
    op.execute("UPDATE clocks SET paused_at = NULL, paused_until = NULL WHERE paused_at IS NOT NULL")
    op.execute("DELETE FROM fired WHERE clock = 'hold'")
    op.execute("DELETE FROM clocks WHERE name = 'hold'")
    for table, column in LISTS.items():
        op.drop_constraint(f"{column}_are_readable", table)
        op.drop_column(table, column)


def _change_the_seed(statement: "sa.TextClause") -> None:
    """The first policy gains or loses the limit of a new clock; every limit that it had stays."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(statement)
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
