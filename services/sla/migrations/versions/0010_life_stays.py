"""The life clock of an open complaint is neither renamed nor emptied away; a clock that has stopped takes no step."""

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
RESTS = "ALTER TABLE clocks ADD CONSTRAINT rests_once_stopped CHECK (stopped_at IS NULL OR next_at IS NULL) NOT VALID"


def upgrade() -> None:
    op.execute(RENAMED)
    op.execute(EMPTIED)
    op.execute(AT_REST)
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(RESTS)
    op.execute("ALTER TABLE clocks VALIDATE CONSTRAINT rests_once_stopped")


def downgrade() -> None:
    op.drop_constraint("rests_once_stopped", "clocks")
    op.execute("DROP TRIGGER open_stays_whole ON clocks")
    op.execute("DROP TRIGGER life_keeps_its_key ON clocks")
