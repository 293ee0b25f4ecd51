"""An answer may be a draft that waits for its approval; drafts of a case are numbered."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

HAS_AN_AUTHOR = "(draft IS NULL) = (draft_by IS NULL) AND drafts >= 0"


def upgrade() -> None:
    op.add_column("acts", sa.Column("number", sa.SmallInteger))
    op.add_column("cases", sa.Column("drafts", sa.SmallInteger, server_default=sa.text("0"), nullable=False))
    op.add_column("cases", sa.Column("draft", sa.Text))
    op.add_column("cases", sa.Column("draft_by", sa.Text))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT draft_has_an_author CHECK ({HAS_AN_AUTHOR}) NOT VALID")
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT draft_has_an_author")


def downgrade() -> None:
    op.drop_constraint("draft_has_an_author", "cases")
    for column in ("draft_by", "draft", "drafts"):
        op.drop_column("cases", column)
    op.drop_column("acts", "number")
