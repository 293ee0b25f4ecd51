"""A case is closed some time after its answer: the state, the window of the reporter, and the reopening."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "'UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED'{}, 'ARCHIVED', 'WITHDRAWN', 'ON_HOLD'"
CLOSED = ", 'CLOSED'"
WAS_OPEN, IS_OPEN = (f"{{}}state NOT IN ('{end}', 'ARCHIVED', 'WITHDRAWN')" for end in ("ANSWERED", "CLOSED"))
TRIGGERS = {
    "open_stays": "BEFORE DELETE ON cases FOR EACH ROW WHEN ({is_open})",
    "open_keeps_its_key": (
        "BEFORE UPDATE OF id ON cases FOR EACH ROW WHEN ({is_open} AND OLD.id IS DISTINCT FROM NEW.id)"
    ),
}
MOMENTS = "filed_at", "withdrawn_at"
NEW_MOMENTS = "closed_at", "reopen_until"
COUNTS = {"cycle": "1", "verifications": "1", "windows": "0"}
FLAGS = "reached", "contact_open"


def upgrade() -> None:
    for name, default in COUNTS.items():
        op.add_column("cases", sa.Column(name, sa.SmallInteger, server_default=sa.text(default), nullable=False))
    for name in FLAGS:
        op.add_column("cases", sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False))
    for name in NEW_MOMENTS:
        op.add_column("cases", sa.Column(name, MOMENT))
    _check("has_a_state", f"state IN ({STATES.format(CLOSED)})")
    _check("moments_are_readable", _readable((*MOMENTS, *NEW_MOMENTS)))
    # Until this release an answer was the end.
    op.execute("UPDATE cases SET state = 'CLOSED' WHERE state = 'ANSWERED'")
    op.execute("UPDATE acts SET state = 'CLOSED' WHERE state = 'ANSWERED'")
    _open_is(IS_OPEN)


def downgrade() -> None:
    op.execute("UPDATE cases SET state = 'ANSWERED' WHERE state = 'CLOSED'")
    op.execute("UPDATE acts SET state = 'ANSWERED' WHERE state = 'CLOSED'")
    _open_is(WAS_OPEN)
    _check("moments_are_readable", _readable(MOMENTS))
    _check("has_a_state", f"state IN ({STATES.format('')})")
    for name in (*NEW_MOMENTS, *FLAGS, *COUNTS):
        op.drop_column("cases", name)


def _readable(moments: tuple[str, ...]) -> str:
    return " AND ".join(f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments)


def _check(name: str, condition: str) -> None:
    op.drop_constraint(name, "cases")
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")


def _open_is(condition: str) -> None:
    """The index and the guards of open cases."""
    op.drop_index("ix_cases_verifier", "cases")
    op.create_index("ix_cases_verifier", "cases", ["verifier"], postgresql_where=sa.text(condition.format("")))
    for name, occasion in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON cases")
        op.execute(
            f"CREATE TRIGGER {name} {occasion.format(is_open=condition.format('OLD.'))} EXECUTE FUNCTION open_stays()"
        )
