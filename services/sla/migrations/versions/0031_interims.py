"""An interim reply extends the limit of a resolution: its days, and in the seed how many there may be."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "'1900-01-01Z' <= ALL (interims) AND '9000-01-01Z' >= ALL (interims)"
# No regulation says by how much: half of the limit of a resolution, whole days.
SEED = """
UPDATE policies SET limits =
  (SELECT jsonb_agg(each || CASE WHEN each->>'clock' = 'resolution'
                     THEN jsonb_build_object('extension', CAST(each->>'days' AS int) / 2) ELSE '{}' END ORDER BY place)
   FROM jsonb_array_elements(limits) WITH ORDINALITY AS one (each, place)) WHERE version = 1
"""
UNSEED = """
UPDATE policies SET limits =
  (SELECT jsonb_agg(each - 'extension' ORDER BY place)
   FROM jsonb_array_elements(limits) WITH ORDINALITY AS one (each, place)) WHERE version = 1
"""


def upgrade() -> None:
    op.add_column("clocks", sa.Column("extended_days", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("complaints", sa.Column("interims", ARRAY(MOMENT), nullable=False, server_default="{}"))
    # A constraint that is added without a look at the rows takes its lock for a moment only.
    op.execute(f"ALTER TABLE complaints ADD CONSTRAINT interims_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE complaints VALIDATE CONSTRAINT interims_are_readable")
    _change_the_seed(SEED)


def downgrade() -> None:
    _change_the_seed(UNSEED)
    op.drop_constraint("interims_are_readable", "complaints")
    op.drop_column("complaints", "interims")
    op.drop_column("clocks", "extended_days")


def _change_the_seed(statement: str) -> None:
    op.execute("ALTER TABLE policies DISABLE TRIGGER policy_stays")
    op.execute(statement)
    op.execute("ALTER TABLE policies ENABLE TRIGGER policy_stays")
