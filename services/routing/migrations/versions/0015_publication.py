"""An answer may be a draft that waits for its approval; an agency may promise something until a day."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

READABLE = "made_at BETWEEN '1900-01-01Z' AND '9000-01-01Z' AND kept_at BETWEEN '1900-01-01Z' AND '9000-01-01Z'"
READABLE_DAYS = "due_on BETWEEN '1900-01-01' AND '9000-01-01' AND moved_from BETWEEN '1900-01-01' AND '9000-01-01'"
COUNTED = "open_commitments BETWEEN 0 AND commitments"
HAS_AN_AUTHOR = "(draft IS NULL) = (draft_by IS NULL) AND drafts >= 0"


def upgrade() -> None:
    op.add_column("acts", sa.Column("number", sa.SmallInteger))
    op.add_column("cases", sa.Column("drafts", sa.SmallInteger, server_default=sa.text("0"), nullable=False))
    op.add_column("cases", sa.Column("draft", sa.Text))
    op.add_column("cases", sa.Column("draft_by", sa.Text))
    for name in ("commitments", "open_commitments"):
        op.add_column("cases", sa.Column(name, sa.SmallInteger, server_default=sa.text("0"), nullable=False))
    for name, condition in (("draft_has_an_author", HAS_AN_AUTHOR), ("promises_are_counted", COUNTED)):
        # A constraint that is added without a look at the rows takes its lock for a moment only.
        op.execute(f"ALTER TABLE cases ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {name}")
    op.create_table(
        "commitments",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("moved_from", sa.Date),
        sa.Column("kept_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(READABLE, "moments_are_readable"),
        sa.CheckConstraint(READABLE_DAYS, "days_are_readable"),
    )


def downgrade() -> None:
    op.drop_table("commitments")
    for name in ("promises_are_counted", "draft_has_an_author"):
        op.drop_constraint(name, "cases")
    for column in ("open_commitments", "commitments", "draft_by", "draft", "drafts"):
        op.drop_column("cases", column)
    op.drop_column("acts", "number")
