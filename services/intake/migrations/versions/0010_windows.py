"""A complaint is closed some time after its answer and may be reopened: its cycle and stage, and acts at each."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "reopen_until BETWEEN '1900-01-01Z' AND '9000-01-01Z'"
# Until this release an answer was the end.
STAGE = "CASE WHEN state IN ('ANSWERED', 'ARCHIVED', 'WITHDRAWN') THEN 1 ELSE 0 END"


def upgrade() -> None:
    for name, default in (("cycle", "1"), ("stage", "0")):
        op.add_column("standings", sa.Column(name, sa.SmallInteger, server_default=default, nullable=False))
    op.add_column("standings", sa.Column("reopen_until", MOMENT))
    op.execute(f"ALTER TABLE standings ADD CONSTRAINT moments_are_readable CHECK ({READABLE}) NOT VALID")
    op.execute("ALTER TABLE standings VALIDATE CONSTRAINT moments_are_readable")
    op.execute(f"UPDATE standings SET stage = {STAGE}, state = CASE state WHEN 'ANSWERED' THEN 'CLOSED' ELSE state END")
    op.add_column("reporter_acts", sa.Column("stage", sa.SmallInteger, server_default="0", nullable=False))
    _key("complaint_id", "act", "number", "stage")


def downgrade() -> None:
    # An earlier release takes each act of a complaint once.
    op.execute(
        "DELETE FROM reporter_acts a WHERE EXISTS (SELECT FROM reporter_acts b WHERE b.complaint_id = a.complaint_id"
        " AND b.act = a.act AND b.number = a.number AND b.stage < a.stage)"
    )
    _key("complaint_id", "act", "number")
    op.drop_column("reporter_acts", "stage")
    op.execute("UPDATE standings SET state = 'ANSWERED' WHERE state = 'CLOSED'")
    op.drop_constraint("moments_are_readable", "standings")
    for name in ("reopen_until", "stage", "cycle"):
        op.drop_column("standings", name)


def _key(*columns: str) -> None:
    op.drop_constraint("reporter_acts_pkey", "reporter_acts")
    op.create_primary_key("reporter_acts_pkey", "reporter_acts", list(columns))
