"""An open case is neither deleted nor given another id, by whatever role."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION open_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an open case stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
TRIGGERS = {
    "open_stays": "BEFORE DELETE ON cases FOR EACH ROW WHEN (OLD.state <> 'ANSWERED')",
    "open_keeps_its_key": (
        "BEFORE UPDATE OF id ON cases FOR EACH ROW WHEN (OLD.state <> 'ANSWERED' AND OLD.id IS DISTINCT FROM NEW.id)"
    ),
    "open_stays_whole": "BEFORE TRUNCATE ON cases FOR EACH STATEMENT",
}


def upgrade() -> None:
    op.execute(GUARD)
    for name, occasion in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {occasion} EXECUTE FUNCTION open_stays()")


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON cases")
    op.execute("DROP FUNCTION open_stays()")
