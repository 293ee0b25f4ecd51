"""The law: every complaint has a life clock, and every running clock a next moment; what was used up climbs again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WAS_OPEN = sa.text("stopped_at IS NULL AND name <> 'ombudsman'")
OPEN = sa.text("stopped_at IS NULL AND name NOT IN ('ombudsman', 'life')")
LAW = {
    "has_a_next_moment": (
        "stopped_at IS NOT NULL OR (next_at IS NOT NULL AND isfinite(next_at) AND next_at <= moved_at + '120 days')"
    ),
    "has_a_holder": "agency <> ''",
    "stops_for_a_reason": "(stopped_at IS NULL) = (outcome IS NULL)",
    "life_ends_by_an_act": "name <> 'life' OR outcome IS NULL OR outcome = 'answered'",
    "pause_is_visible": (
        "(paused_at IS NULL) = (paused_until IS NULL)"
        " AND (paused_until IS NULL OR stopped_at IS NOT NULL OR next_at <= paused_until)"
    ),
}
# A ladder that is used up is due at once: the sweep says how many rounds have passed.
ARM = """
UPDATE clocks SET next_at = CASE WHEN stopped_at IS NULL THEN coalesce(next_at, due_at) END,
       moved_at = coalesce(stopped_at, next_at, due_at)
"""
# The root holds what routing has not spoken of. An open one is due at once, and the sweep looks after it.
LIVES = """
INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at,
                    next_step, next_at, moved_at, stopped_at, outcome, worked_days)
SELECT c.id, 'life', 1, coalesce(nullif(c.holder, ''), 'NAS'), coalesce(a.zone, 'Asia/Jakarta'), c.filed_at, 1,
       'working', 1, c.filed_at + interval '1 day', 1,
       CASE WHEN c.answered_at IS NULL THEN c.filed_at END, c.filed_at, c.answered_at,
       CASE WHEN c.answered_at IS NOT NULL THEN 'answered' END, CASE WHEN c.answered_at IS NOT NULL THEN 0 END
FROM complaints c LEFT JOIN agencies a ON a.code = c.holder
"""
SILENT = "UPDATE complaints SET silent_since = greatest(filed_at, (SELECT max(at) FROM unnest(follow_ups) AS at))"
# Whoever deletes, by whatever role, an open complaint keeps its life clock.
GUARD = """
CREATE FUNCTION open_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the life clock of an open complaint stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
TRIGGER = """
CREATE TRIGGER open_stays BEFORE DELETE ON clocks FOR EACH ROW
WHEN (OLD.name = 'life' AND OLD.stopped_at IS NULL) EXECUTE FUNCTION open_stays()
"""


def upgrade() -> None:
    op.add_column("fired", sa.Column("round", sa.Integer, nullable=False, server_default="0"))
    op.execute("ALTER TABLE fired SET (fillfactor = 75)")
    for name in ("reached_at", "acknowledged_at", "check_at"):
        op.add_column("fired", sa.Column(name, MOMENT))
    op.add_column("fired", sa.Column("passed_over", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.create_index("fired_check", "fired", ["check_at"], postgresql_where=sa.text("check_at IS NOT NULL"))
    op.create_table(
        "unreachable_seats",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.add_column("clocks", sa.Column("round", sa.Integer, nullable=False, server_default="0"))
    op.add_column("clocks", sa.Column("moved_at", MOMENT))
    op.add_column("clocks", sa.Column("paused_at", MOMENT))
    op.add_column("clocks", sa.Column("paused_until", MOMENT))
    op.execute(ARM)
    op.alter_column("clocks", "moved_at", nullable=False)
    op.execute(LIVES)
    _complaints()
    _indexes(OPEN)
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for name, condition in LAW.items():
        op.execute(f"ALTER TABLE clocks ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE clocks VALIDATE CONSTRAINT {name}")
    op.execute(GUARD)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER open_stays ON clocks")
    op.execute("DROP FUNCTION open_stays()")
    op.drop_constraint("has_a_life_clock", "complaints")
    op.drop_constraint("life_is_life", "complaints")
    for name in LAW:
        op.drop_constraint(name, "clocks")
    op.drop_index("complaints_silent", "complaints")
    for name in ("silent_since", "life", "life_cycle"):
        op.drop_column("complaints", name)
    op.execute("DELETE FROM clocks WHERE name = 'life'")
    op.execute("DELETE FROM fired WHERE round > 0 OR clock = 'life'")
    op.execute("UPDATE clocks SET next_at = NULL WHERE round > 0")
    _indexes(WAS_OPEN)
    for name in ("round", "moved_at", "paused_at", "paused_until"):
        op.drop_column("clocks", name)
    op.drop_table("unreachable_seats")
    op.drop_index("fired_check", "fired")
    for name in ("round", "reached_at", "acknowledged_at", "check_at", "passed_over"):
        op.drop_column("fired", name)
    op.execute("ALTER TABLE fired RESET (fillfactor)")


def _complaints() -> None:
    op.add_column("complaints", sa.Column("silent_since", MOMENT))
    op.execute(SILENT)
    op.alter_column("complaints", "silent_since", nullable=False)
    op.create_index(
        "complaints_silent",
        "complaints",
        ["confidential", "silent_since", "id"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.add_column("complaints", sa.Column("life", sa.Text, nullable=False, server_default="life"))
    op.add_column("complaints", sa.Column("life_cycle", sa.SmallInteger, nullable=False, server_default="1"))
    op.create_check_constraint("life_is_life", "complaints", "life = 'life' AND life_cycle = 1")
    op.execute(
        "ALTER TABLE complaints ADD CONSTRAINT has_a_life_clock FOREIGN KEY (id, life, life_cycle)"
        " REFERENCES clocks (complaint_id, name, cycle) DEFERRABLE INITIALLY DEFERRED NOT VALID"
    )
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT has_a_life_clock")


def _indexes(where: "sa.TextClause") -> None:
    op.drop_index("clocks_open", "clocks")
    op.drop_index("clocks_open_of_agency", "clocks")
    op.create_index("clocks_open", "clocks", ["due_at", "complaint_id"], postgresql_where=where)
    op.create_index("clocks_open_of_agency", "clocks", ["agency", "due_at"], postgresql_where=where)
