"""How often the whole of a part had been passed on: a part gets no three returns anew."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("earlier_passes", sa.SmallInteger, server_default="0", nullable=False))
    # Nobody passes a whole on once it is split.
    op.execute(
        "UPDATE cases part SET earlier_passes = whole.transfers - whole.departures FROM cases whole"
        " WHERE part.part_of = whole.id"
    )


def downgrade() -> None:
    op.drop_column("cases", "earlier_passes")
