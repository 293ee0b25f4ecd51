"""Clocks of drafts and promises: their limits, the approver of an agency, and when drafts went back."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "'1900-01-01Z' <= ALL (draft_returns) AND '9000-01-01Z' >= ALL (draft_returns)"
# No regulation says how soon an answer must be approved, or how far ahead something may be promised.
LIMITS = [
    {"clock": "approval", "classification": None, "days": 2, "unit": "working", "source": "Tanggap", "kind": None},
    {"clock": "promise", "classification": None, "days": 60, "unit": "working", "source": "Tanggap", "kind": None},
]
SEED = "UPDATE policies SET limits = limits || CAST(:limits AS jsonb) WHERE version = 1"
UNSEED = """
UPDATE policies SET limits = (
    SELECT jsonb_agg(each) FROM jsonb_array_elements(limits) each WHERE each->>'clock' <> ALL (:clocks)
) WHERE version = 1
"""
# An earlier release cannot count these.
FORGET = ("DELETE FROM fired WHERE clock = ANY (:clocks)", "DELETE FROM clocks WHERE name = ANY (:clocks)")


def upgrade() -> None:
    op.add_column("complaints", sa.Column("draft_returns", ARRAY(MOMENT), nullable=False, server_default="{}"))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT returns_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT returns_are_readable")
    op.add_column("agencies", sa.Column("approver", sa.Text))
    _change_the_seed(sa.text(SEED).bindparams(limits=json.dumps(LIMITS)))


def downgrade() -> None:
    clocks = sa.bindparam("clocks", [limit["clock"] for limit in LIMITS], type_=ARRAY(sa.Text))
    _change_the_seed(sa.text(UNSEED).bindparams(clocks))
    for statement in FORGET:
        op.execute(sa.text(statement).bindparams(clocks))
    op.drop_column("agencies", "approver")
    op.drop_constraint("returns_are_readable", "complaints")
    op.drop_column("complaints", "draft_returns")


def _change_the_seed(statement: "sa.TextClause") -> None:
    """The first policy gains or loses limits of new clocks; every limit that it had stays."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(statement)
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
