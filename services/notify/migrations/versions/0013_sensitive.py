"""Which complaints are sensitive, and which seats of an agency may know of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensitivities",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("since BETWEEN '1900-01-01Z' AND '9000-01-01Z'", "moments_are_readable"),
    )
    named = "{coordinator,leader}"
    op.add_column("agencies", sa.Column("sensitive_seats", ARRAY(sa.Text), nullable=False, server_default=named))


def downgrade() -> None:
    op.drop_column("agencies", "sensitive_seats")
    op.drop_table("sensitivities")
