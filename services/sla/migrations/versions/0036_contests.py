"""A reporter may contest a follow-up: which ones count as not done, when contests were judged, and the limit for it."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# No regulation says how long the judgement may take.
LIMIT = {"clock": "contest", "classification": None, "kind": None, "days": 3, "unit": "working", "source": "Tanggap"}
LISTS = "annulments", "judgements"


def upgrade() -> None:
    moments = ARRAY(sa.DateTime(timezone=True))
    for name in LISTS:
        op.add_column("complaints", sa.Column(name, moments, server_default="{}", nullable=False))
        readable = f"'1900-01-01Z' <= ALL ({name}) AND '9000-01-01Z' >= ALL ({name})"
        # A constraint that is added without a look at the rows takes its lock for a moment only.
        op.execute(f"ALTER TABLE complaints ADD CONSTRAINT {name}_are_readable CHECK ({readable}) NOT VALID")
        op.execute(f"ALTER TABLE complaints VALIDATE CONSTRAINT {name}_are_readable")
    _seed("limits || CAST(:more AS jsonb)", json.dumps([LIMIT]))


def downgrade() -> None:
    # An earlier release knows no contest, and lets every follow-up stand.
    op.execute("DELETE FROM fired WHERE clock = 'contest'")
    op.execute("DELETE FROM clocks WHERE name = 'contest'")
    _seed("jsonb_path_query_array(limits, CAST(:more AS jsonpath))", '$[*] ? (@.clock != "contest")')
    for name in LISTS:
        op.drop_constraint(f"{name}_are_readable", "complaints")
        op.drop_column("complaints", name)


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
