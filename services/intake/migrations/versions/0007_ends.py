"""A status names its state, since two states share a label; what a reporter does is kept, each act once."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LABELS = {
    "UNVERIFIED": "Belum Terverifikasi",
    "AWAITING_FOLLOW_UP": "Terdisposisi Belum Ditindaklanjuti",
    "IN_PROGRESS": "Terdisposisi Sedang Diproses",
    "ANSWERED": "Terdisposisi Selesai",
    "ARCHIVED": "Arsip",
    "WITHDRAWN": "Arsip",
}
# What this release does not know counts as what it was at first; the auditor finds it, and it is said again.
STATES = " ".join(f"WHEN '{label}' THEN '{state}'" for state, label in LABELS.items() if label != "Arsip")
STATES = f"UPDATE standings SET state = CASE label {STATES} ELSE 'UNVERIFIED' END"
NAMES = " ".join(f"WHEN '{state}' THEN '{label}'" for state, label in LABELS.items())
NAMES = f"UPDATE standings SET label = CASE state {NAMES} ELSE state END"
READABLE = "at BETWEEN '1900-01-01Z' AND '9000-01-01Z'"


def upgrade() -> None:
    _replace("label", "state", STATES)
    op.create_table(
        "reporter_acts",
        sa.Column("complaint_id", sa.Uuid, primary_key=True),
        sa.Column("act", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.Text),
        sa.CheckConstraint(READABLE, "moments_are_readable"),
    )


def downgrade() -> None:
    op.drop_table("reporter_acts")
    _replace("state", "label", NAMES)


def _replace(old: str, new: str, values: str) -> None:
    op.add_column("standings", sa.Column(new, sa.Text))
    op.execute(values)
    op.alter_column("standings", new, nullable=False)
    op.drop_column("standings", old)
