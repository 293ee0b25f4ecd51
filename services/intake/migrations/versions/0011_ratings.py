"""Reporters rate the handling of their complaints, once in each cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ASPECTS = ("speed", "clarity", "outcome", "courtesy")


def upgrade() -> None:
    op.create_table(
        "ratings",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("cycle", sa.SmallInteger, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(aspect, sa.SmallInteger, nullable=False) for aspect in ASPECTS),
        sa.Column("sealed", sa.Text),
        sa.CheckConstraint("at BETWEEN '1900-01-01Z' AND '9000-01-01Z'", name="moments_are_readable"),
        *(sa.CheckConstraint(f"{aspect} BETWEEN 1 AND 4", name=f"{aspect}_in_points") for aspect in ASPECTS),
    )


def downgrade() -> None:
    op.drop_table("ratings")
