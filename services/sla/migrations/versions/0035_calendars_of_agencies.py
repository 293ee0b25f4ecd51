"""Calendars of agencies: their schedules, the calendars that count a clock, and limits in working hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NEAR = "stopped_at IS NOT NULL OR (next_at IS NOT NULL AND isfinite(next_at) AND next_at <= moved_at + '{days} days')"


def upgrade() -> None:
    op.add_column("agencies", sa.Column("schedule", sa.Text, nullable=False, server_default=""))
    op.create_index("agencies_with_schedules", "agencies", ["code"], postgresql_where=sa.text("schedule <> ''"))
    op.add_column("clocks", sa.Column("calendars", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("policies", sa.Column("every_working_hours", sa.SmallInteger, nullable=False, server_default="8"))
    _near(150)


def downgrade() -> None:
    # An earlier release counts by the zone, and no working hours; a step further away is taken early.
    op.execute("UPDATE clocks SET next_at = moved_at + interval '120 d' WHERE next_at > moved_at + interval '120 d'")
    op.execute("UPDATE clocks SET unit = 'hours' WHERE unit = 'working_hours'")
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(
        """UPDATE policies SET limits = replace(limits::text, '"working_hours"', '"hours"')::jsonb"""
        """ WHERE limits::text LIKE '%"working_hours"%'"""
    )
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
    _near(120)
    op.drop_column("policies", "every_working_hours")
    op.drop_column("clocks", "calendars")
    op.drop_index("agencies_with_schedules", "agencies")
    op.drop_column("agencies", "schedule")


def _near(days: int) -> None:
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute("ALTER TABLE clocks DROP CONSTRAINT has_a_next_moment")
    op.execute(f"ALTER TABLE clocks ADD CONSTRAINT has_a_next_moment CHECK ({NEAR.format(days=days)}) NOT VALID")
    op.execute("ALTER TABLE clocks VALIDATE CONSTRAINT has_a_next_moment")
