"""The law: every case has a holder, and a state of the contract."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LAW = {
    "has_a_holder": "holder <> '' AND verifier <> ''",
    "has_a_state": "state IN ('UNVERIFIED', 'AWAITING_FOLLOW_UP', 'IN_PROGRESS', 'ANSWERED')",
}


def upgrade() -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    for name, condition in LAW.items():
        op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    for name in LAW:
        op.drop_constraint(name, "cases")
