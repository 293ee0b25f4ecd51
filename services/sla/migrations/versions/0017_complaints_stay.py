"""Law: an open complaint is not deleted, nor are all of them; its clocks alone hear of no act."""

from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TRIGGER open_stays BEFORE DELETE ON complaints FOR EACH ROW"
        " WHEN (OLD.answered_at IS NULL) EXECUTE FUNCTION open_stays()"
    )
    op.execute(
        "CREATE TRIGGER open_stays_whole BEFORE TRUNCATE ON complaints FOR EACH STATEMENT EXECUTE FUNCTION open_stays()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER open_stays_whole ON complaints")
    op.execute("DROP TRIGGER open_stays ON complaints")
