"""Messages about the system, which concern no complaint."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("messages", "complaint_id", existing_type=sa.Uuid, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM messages WHERE complaint_id IS NULL")
    op.alter_column("messages", "complaint_id", existing_type=sa.Uuid, nullable=False)
