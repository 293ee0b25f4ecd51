"""A complaint may be reopened: its answers and ends are lists, and the seed has the window and the call."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MOMENTS = "filed_at", "reassigned_at", "verified_at", "answered_at", "ended_at", "silent_since"
LISTS = "answers", "contacts", "closings", "ends", "reopenings"
PERMEN = "PermenPANRB 62/2018"
# No regulation says how soon a reporter whom no mail reaches must be called.
LIMITS = [
    {"clock": name, "classification": None, "kind": None, "days": days, "unit": "working", "source": source}
    for name, days, source in (("window", 10, PERMEN), ("contact", 3, "Tanggap"))
]
WAS_OPEN, IS_OPEN = "'ombudsman', 'life'", "'ombudsman', 'life', 'hold', 'window'"


def upgrade() -> None:
    for name in LISTS:
        op.add_column("complaints", sa.Column(name, ARRAY(MOMENT), server_default="{}", nullable=False))
    # Until this release an answer was the end.
    op.execute(
        "UPDATE complaints SET answers = array_remove(ARRAY[answered_at], NULL),"
        " closings = array_remove(ARRAY[answered_at], NULL), ends = array_remove(ARRAY[ended_at], NULL)"
        " WHERE answered_at IS NOT NULL OR ended_at IS NOT NULL"
    )
    op.add_column("clocks", sa.Column("floor", sa.SmallInteger, server_default="0", nullable=False))
    _readable(("follow_ups", *LISTS))
    _open_are(IS_OPEN)
    _seed("limits || CAST(:more AS jsonb)", json.dumps(LIMITS))


def downgrade() -> None:
    names = "'window', 'contact'"
    op.execute(f"DELETE FROM fired WHERE clock IN ({names})")
    op.execute(f"DELETE FROM clocks WHERE name IN ({names})")
    # An earlier release knows no answer that does not end its complaint.
    op.execute(
        "UPDATE clocks SET stopped_at = c.answered_at, next_at = NULL, outcome = 'answered' FROM complaints c"
        " WHERE c.id = complaint_id AND name = 'life' AND stopped_at IS NULL AND c.answered_at IS NOT NULL"
    )
    _seed(
        "jsonb_path_query_array(limits, CAST(:more AS jsonpath))",
        '$[*] ? (@.clock != "window" && @.clock != "contact")',
    )
    _open_are(WAS_OPEN)
    _readable(("follow_ups",))
    op.drop_column("clocks", "floor")
    for name in LISTS:
        op.drop_column("complaints", name)


def _seed(limits: str, more: str) -> None:
    """The seed is part of the release; what anybody has published stays as it is."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(sa.text(f"UPDATE policies SET limits = {limits} WHERE version = 1").bindparams(more=more))
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")


def _readable(lists: tuple[str, ...]) -> None:
    parts = [f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in MOMENTS]
    parts += [f"'1900-01-01Z' <= ALL ({each}) AND '9000-01-01Z' >= ALL ({each})" for each in lists]
    op.drop_constraint("moments_are_readable", "complaints")
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    condition = " AND ".join(parts)
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT moments_are_readable CHECK ({condition}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT moments_are_readable")


def _open_are(others: str) -> None:
    """The indexes of the clocks whose limit somebody can miss."""
    where = sa.text(f"stopped_at IS NULL AND name NOT IN ({others})")
    for name, columns in (("clocks_open", ["due_at", "complaint_id"]), ("clocks_open_of_agency", ["agency", "due_at"])):
        op.drop_index(name, "clocks")
        op.create_index(name, "clocks", columns, postgresql_where=where)
