"""An order of a leader is to be acknowledged: when that was done, and the limit for it."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# No regulation says how soon an order must be acknowledged: a reminder after one working day, the limit after two.
LIMIT = {
    "clock": "acknowledgement",
    "classification": None,
    "kind": None,
    "days": 2,
    "unit": "working",
    "source": "Tanggap",
}
NAME = "acknowledgements"
READABLE = f"'1900-01-01Z' <= ALL ({NAME}) AND '9000-01-01Z' >= ALL ({NAME})"


def upgrade() -> None:
    moments = ARRAY(sa.DateTime(timezone=True))
    op.add_column("complaints", sa.Column(NAME, moments, server_default="{}", nullable=False))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT {NAME}_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute(f"ALTER TABLE complaints VALIDATE CONSTRAINT {NAME}_are_readable")
    _seed("limits || CAST(:more AS jsonb)", json.dumps([LIMIT]))


def downgrade() -> None:
    # An earlier release lets an order wait for ever.
    op.execute("DELETE FROM fired WHERE clock = 'acknowledgement'")
    op.execute("DELETE FROM clocks WHERE name = 'acknowledgement'")
    _seed("jsonb_path_query_array(limits, CAST(:more AS jsonpath))", '$[*] ? (@.clock != "acknowledgement")')
    op.drop_constraint(f"{NAME}_are_readable", "complaints")
    op.drop_column("complaints", NAME)


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
