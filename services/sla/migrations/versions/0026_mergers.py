"""Clocks pause while a complaint is merged into another: the limit of a merger, which is nobody's."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# No regulation says how long a duplicate may wait for the answer to another.
LIMIT = {"clock": "merger", "classification": None, "kind": None, "days": 90, "unit": "calendar", "source": "Tanggap"}
READABLE = "'1900-01-01Z' <= ALL (separations) AND '9000-01-01Z' >= ALL (separations)"
WAS_OPEN, IS_OPEN = "'ombudsman', 'life', 'hold', 'window'", "'ombudsman', 'life', 'hold', 'merger', 'window'"


def upgrade() -> None:
    moments = ARRAY(sa.DateTime(timezone=True))
    op.add_column("complaints", sa.Column("separations", moments, server_default="{}", nullable=False))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT separations_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT separations_are_readable")
    _open_are(IS_OPEN)
    _seed("limits || CAST(:more AS jsonb)", json.dumps([LIMIT]))


def downgrade() -> None:
    # An earlier release knows no merger, and no other pause than that of a hold.
    op.execute(
        "UPDATE clocks SET paused_at = NULL, paused_until = NULL WHERE paused_at IS NOT NULL AND complaint_id IN"
        " (SELECT complaint_id FROM clocks WHERE name = 'merger' AND stopped_at IS NULL)"
    )
    op.execute("DELETE FROM fired WHERE clock = 'merger'")
    op.execute("DELETE FROM clocks WHERE name = 'merger'")
    _seed("jsonb_path_query_array(limits, CAST(:more AS jsonpath))", '$[*] ? (@.clock != "merger")')
    _open_are(WAS_OPEN)
    op.drop_constraint("separations_are_readable", "complaints")
    op.drop_column("complaints", "separations")


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")


def _open_are(others: str) -> None:
    """The indexes of the clocks whose limit somebody can miss."""
    where = sa.text(f"stopped_at IS NULL AND name NOT IN ({others})")
    for name, columns in (("clocks_open", ["due_at", "complaint_id"]), ("clocks_open_of_agency", ["agency", "due_at"])):
        op.drop_index(name, "clocks")
        op.create_index(name, "clocks", columns, postgresql_where=where)
