"""Messages to seats that were refused are found by their agency, as those to vacant seats are."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE, NAME = "messages", "ix_messages_unheld"


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    where = sa.text("kind = 'seat' AND state IN ('skipped', 'failed')")
    op.create_index(NAME, TABLE, ["agency"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["agency"], postgresql_where=sa.text("kind = 'seat' AND state = 'skipped'"))
