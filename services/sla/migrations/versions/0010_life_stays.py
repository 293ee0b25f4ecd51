"""Law: the life clock of an open complaint keeps its key, what has stopped takes no step, moments can be read."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Under another name the life clock could be deleted once its complaint is.
RENAMED = """
CREATE TRIGGER life_keeps_its_key BEFORE UPDATE OF complaint_id, name, cycle ON clocks FOR EACH ROW
WHEN (OLD.name = 'life' AND OLD.stopped_at IS NULL
      AND (NEW.complaint_id, NEW.name, NEW.cycle) IS DISTINCT FROM (OLD.complaint_id, OLD.name, OLD.cycle))
EXECUTE FUNCTION open_stays()
"""
EMPTIED = "CREATE TRIGGER open_stays_whole BEFORE TRUNCATE ON clocks FOR EACH STATEMENT EXECUTE FUNCTION open_stays()"
# Whatever has stopped takes no step: one could be fired after the act that it had waited for.
AT_REST = "UPDATE clocks SET next_at = NULL WHERE stopped_at IS NOT NULL AND next_at IS NOT NULL"
MOMENTS = "started_at", "due_at", "moved_at", "coalesce(next_at, started_at)", "coalesce(stopped_at, started_at)"
LAW = {
    "rests_once_stopped": "stopped_at IS NULL OR next_at IS NULL",
    # A moment that Python cannot read would stop the sweep of all clocks.
    "moments_are_readable": " AND ".join(f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in MOMENTS),
}


def upgrade() -> None:
    op.execute(RENAMED)
    op.execute(EMPTIED)
    op.execute(AT_REST)
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for name, condition in LAW.items():
        op.execute(f"ALTER TABLE clocks ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE clocks VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    for name in LAW:
        op.drop_constraint(name, "clocks")
    op.execute("DROP TRIGGER open_stays_whole ON clocks")
    op.execute("DROP TRIGGER life_keeps_its_key ON clocks")
