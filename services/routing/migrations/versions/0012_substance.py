"""What an act says and promises, and what a case shows of it; a date that Python cannot read is refused."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

READABLE = "next_date BETWEEN '1900-01-01' AND '9000-01-01'"
TABLES = ("acts", "cases")
IS_A_KIND = "corrected_kind IN ('complaint', 'aspiration', 'information')"


def upgrade() -> None:
    op.add_column("acts", sa.Column("fingerprint", sa.BigInteger))
    said = sa.text("fingerprint IS NOT NULL")
    op.add_column("acts", sa.Column("corrected_kind", sa.Text))
    op.create_index("ix_acts_fingerprint", "acts", ["fingerprint", "at"], postgresql_where=said)
    op.add_column("cases", sa.Column("points", sa.Text))
    op.add_column("cases", sa.Column("title", sa.Text))
    op.add_column("cases", sa.Column("corrected_kind", sa.Text))
    op.execute(f"ALTER TABLE cases ADD CONSTRAINT is_corrected_to_a_kind CHECK ({IS_A_KIND}) NOT VALID")
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT is_corrected_to_a_kind")
    op.add_column("cases", sa.Column("order_open", sa.Boolean, server_default=sa.false(), nullable=False))
    for table in TABLES:
        op.add_column(table, sa.Column("next_date", sa.Date))
        # A constraint that is added without a look at the rows takes its lock for a moment only.
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT next_dates_are_readable CHECK ({READABLE}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT next_dates_are_readable")


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint("next_dates_are_readable", table)
        op.drop_column(table, "next_date")
    op.drop_constraint("is_corrected_to_a_kind", "cases")
    for column in ("order_open", "corrected_kind", "title", "points"):
        op.drop_column("cases", column)
    op.drop_index("ix_acts_fingerprint", "acts")
    op.drop_column("acts", "corrected_kind")
    op.drop_column("acts", "fingerprint")
