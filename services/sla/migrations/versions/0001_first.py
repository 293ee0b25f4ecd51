"""The first tables of sla."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrate import create_service_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("stopped_at IS NULL AND name <> 'ombudsman'")


def upgrade() -> None:
    create_service_tables(op)
    _directory()
    _complaints()
    _clocks()
    _fired()


def downgrade() -> None:
    for table in ("fired", "clocks", "complaints", "directory_versions", "agencies", "parked", "inbox", "outbox"):
        op.drop_table(table)


def _directory() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("parent", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("seats", JSONB, nullable=False),
    )
    op.create_index("agencies_parent", "agencies", ["parent"])
    op.create_index("agencies_region", "agencies", ["region"])
    op.create_table(
        "directory_versions",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, server_default="complaint"),
        sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("classification", sa.Text),
        sa.Column("holder", sa.Text),
        sa.Column("verified_at", MOMENT),
        sa.Column("followed_up_at", MOMENT),
        sa.Column("answered_at", MOMENT),
    )
    op.create_index("complaints_holder", "complaints", ["holder", "filed_at"])
    op.create_index("complaints_filed", "complaints", ["filed_at"])


def _clocks() -> None:
    op.create_table(
        "clocks",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cycle", sa.SmallInteger, primary_key=True),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("limit_days", sa.SmallInteger, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("policy_version", sa.SmallInteger, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("next_step", sa.SmallInteger, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("stopped_at", MOMENT),
        sa.Column("outcome", sa.Text),
        sa.Column("worked_days", sa.Float),
    )
    op.create_index("clocks_next", "clocks", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))
    op.create_index("clocks_open", "clocks", ["due_at", "complaint_id"], postgresql_where=OPEN)
    op.create_index("clocks_open_of_agency", "clocks", ["agency", "due_at"], postgresql_where=OPEN)
    # After a burst the index of what is due is full of dead entries, which every idle sweep would step over.
    op.execute("ALTER TABLE clocks SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000)")


def _fired() -> None:
    op.create_table(
        "fired",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("clock", sa.Text, primary_key=True),
        sa.Column("cycle", sa.SmallInteger, primary_key=True),
        sa.Column("step", sa.SmallInteger, primary_key=True),
        sa.Column("escalation", sa.SmallInteger, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("fired_at", MOMENT, nullable=False),
    )
