"""A file may be handed over to the Ombudsman: the moments, and the limit for it."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# No regulation says how long the hand-over may take.
LIMIT = {"clock": "referral", "classification": None, "kind": None, "days": 5, "unit": "working", "source": "Tanggap"}


def upgrade() -> None:
    moments = ARRAY(sa.DateTime(timezone=True))
    op.add_column("complaints", sa.Column("handovers", moments, server_default="{}", nullable=False))
    readable = "'1900-01-01Z' <= ALL (handovers) AND '9000-01-01Z' >= ALL (handovers)"
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT handovers_are_readable CHECK ({readable}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT handovers_are_readable")
    _seed("limits || CAST(:more AS jsonb)", json.dumps([LIMIT]))


def downgrade() -> None:
    op.execute("DELETE FROM fired WHERE clock = 'referral'")
    op.execute("DELETE FROM clocks WHERE name = 'referral'")
    _seed("jsonb_path_query_array(limits, CAST(:more AS jsonpath))", '$[*] ? (@.clock != "referral")')
    op.drop_constraint("handovers_are_readable", "complaints")
    op.drop_column("complaints", "handovers")


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
