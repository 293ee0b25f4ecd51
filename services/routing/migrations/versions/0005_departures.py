"""Agencies that have left the directory: what was known of them, who took over, and how often cases moved for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("card", JSONB))
    op.add_column("agencies", sa.Column("successor", sa.Text))
    departed = sa.text("successor IS NOT NULL")
    op.create_index("ix_agencies_departed", "agencies", ["code"], postgresql_where=departed)
    departures = sa.Column("departures", sa.SmallInteger, server_default=sa.text("0"), nullable=False)
    op.add_column("cases", departures)
    is_open = sa.text("state <> 'ANSWERED'")
    op.create_index("ix_cases_verifier", "cases", ["verifier"], postgresql_where=is_open)


def downgrade() -> None:
    op.drop_index("ix_cases_verifier", "cases")
    op.drop_column("cases", "departures")
    op.drop_index("ix_agencies_departed", "agencies")
    op.drop_column("agencies", "successor")
    op.drop_column("agencies", "card")
