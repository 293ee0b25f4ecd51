"""Policies as data: their table, which keeps every row as it is, the seed, and the orders to re-clock."""

import json
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
READABLE = "{} BETWEEN '1900-01-01Z' AND '9000-01-01Z'"
READABLES = " AND ".join(map(READABLE.format, ("requested_at", "done_at")))
PERMEN = "PermenPANRB 62/2018"
LIMITS = (
    # No regulation says how soon somebody must take a complaint up.
    ("life", None, 1, "working", "Tanggap"),
    ("verification", None, 3, "working", PERMEN),
    ("follow_up", None, 5, "working", PERMEN),
    ("resolution", "information", 5, "working", PERMEN),
    ("resolution", "aspiration", 5, "working", PERMEN),
    ("resolution", "complaint", 14, "working", PERMEN),
    ("resolution", "supervisory", 60, "working", PERMEN),
    ("ombudsman", None, 60, "calendar", PERMEN),
)
NAMES = "clock", "classification", "days", "unit", "source"
REMINDERS = ({"percent": 50, "roles": ["liaison"]}, {"percent": 80, "roles": ["liaison", "coordinator"]})
SEED = """
INSERT INTO policies (version, effective_on, source, limits, reminders, climbs, every_working_days, every_calendar_days,
                      published_at, published_by)
VALUES (1, :effective_on, :source, CAST(:limits AS jsonb), CAST(:reminders AS jsonb), '{0,5,10}', 5, 7, :at, 'Tanggap')
"""
GUARD = """
CREATE FUNCTION policy_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a policy is never changed: publish a new version' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
TRIGGERS = (
    "CREATE TRIGGER policy_stays BEFORE UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION policy_stays()",
    "CREATE TRIGGER policy_stays_whole BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION policy_stays()",
)


def upgrade() -> None:
    _create_policies()
    limits = [{**dict(zip(NAMES, limit, strict=True)), "kind": None} for limit in LIMITS]
    seed = {"effective_on": date(2019, 1, 1), "source": PERMEN, "at": datetime(2019, 1, 1, tzinfo=UTC)}
    documents = {"limits": json.dumps(limits), "reminders": json.dumps(REMINDERS)}
    op.execute(sa.text(SEED).bindparams(**seed, **documents))
    op.execute(GUARD)
    for trigger in TRIGGERS:
        op.execute(trigger)
    _create_reclockings()


def downgrade() -> None:
    op.drop_table("reclockings")
    op.drop_table("policies")
    op.execute("DROP FUNCTION policy_stays()")


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("version", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("limits", JSONB, nullable=False),
        sa.Column("reminders", JSONB, nullable=False),
        sa.Column("climbs", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("every_working_days", sa.SmallInteger, nullable=False),
        sa.Column("every_calendar_days", sa.SmallInteger, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("agency", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.CheckConstraint("jsonb_typeof(limits) = 'array' AND jsonb_array_length(limits) > 0", "has_limits"),
        sa.CheckConstraint("jsonb_typeof(reminders) = 'array'", "has_reminders"),
        sa.CheckConstraint("effective_on BETWEEN '1900-01-01' AND '9000-01-01'", "day_is_readable"),
        sa.CheckConstraint("agency IS NULL OR region IS NULL", "has_one_place"),
        sa.CheckConstraint(READABLE.format("published_at"), "moments_are_readable"),
    )


def _create_reclockings() -> None:
    op.create_table(
        "reclockings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("after_id", sa.Uuid),
        sa.Column("after_name", sa.Text),
        sa.Column("after_cycle", sa.SmallInteger),
        sa.Column("moved", sa.Integer, nullable=False, server_default="0"),
        sa.Column("kept", sa.Integer, nullable=False, server_default="0"),
        sa.Column("done_at", MOMENT),
        sa.CheckConstraint("(after_id IS NULL) = (after_name IS NULL)", "has_a_whole_key"),
        sa.CheckConstraint(READABLES, "moments_are_readable"),
    )
    op.create_index("reclockings_open", "reclockings", ["id"], postgresql_where=sa.text("done_at IS NULL"))
