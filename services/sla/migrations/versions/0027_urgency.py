"""Limits in hours, and the clock of urgent complaints: its limit, the duty officers, and the ends of a danger."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "'1900-01-01Z' <= ALL (all_clears) AND '9000-01-01Z' >= ALL (all_clears)"
# No regulation says how soon somebody must act when life is in danger.
LIMIT = {"clock": "alarm", "classification": None, "days": 6, "unit": "hours", "source": "Tanggap", "kind": None}
SEED = "UPDATE policies SET limits = limits || CAST(:limits AS jsonb) WHERE version = 1"
UNSEED = """
UPDATE policies SET limits =
  (SELECT jsonb_agg(each) FROM jsonb_array_elements(limits) each WHERE each->>'clock' <> 'alarm') WHERE version = 1
"""


def upgrade() -> None:
    op.add_column("policies", sa.Column("every_hours", sa.SmallInteger, nullable=False, server_default="24"))
    op.add_column("agencies", sa.Column("duty_officer", sa.Text))
    op.add_column("complaints", sa.Column("all_clears", ARRAY(MOMENT), nullable=False, server_default="{}"))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT all_clears_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT all_clears_are_readable")
    _change_the_seed(sa.text(SEED).bindparams(limits=json.dumps([LIMIT])))


def downgrade() -> None:
    _change_the_seed(sa.text(UNSEED))
    # An earlier release cannot count hours.
    op.execute("DELETE FROM fired WHERE clock = 'alarm'")
    op.execute("DELETE FROM clocks WHERE name = 'alarm'")
    op.drop_constraint("all_clears_are_readable", "complaints")
    op.drop_column("complaints", "all_clears")
    op.drop_column("agencies", "duty_officer")
    op.drop_column("policies", "every_hours")


def _change_the_seed(statement: "sa.TextClause") -> None:
    """The first policy gains or loses the limit of a new clock; every limit that it had stays."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(statement)
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
