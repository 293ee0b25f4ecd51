"""Supporting units have a clock until the day for which they were asked to contribute: its limit."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# The day is said in each request; nobody is asked for a day that is further ahead.
LIMIT = {
    "clock": "contribution",
    "classification": None,
    "kind": None,
    "days": 60,
    "unit": "working",
    "source": "Tanggap",
}


def upgrade() -> None:
    _seed("limits || CAST(:more AS jsonb)", json.dumps([LIMIT]))


def downgrade() -> None:
    op.execute("DELETE FROM fired WHERE clock = 'contribution'")
    op.execute("DELETE FROM clocks WHERE name = 'contribution'")
    _seed("jsonb_path_query_array(limits, CAST(:more AS jsonpath))", '$[*] ? (@.clock != "contribution")')


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
