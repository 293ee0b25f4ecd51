"""Complaints that are stored already: the rows that a year of a country leaves in all four databases."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

# Half of them are open and wait for a follow-up, half were answered and closed; their holders are real units.
HOLDER = "(CAST(:holders AS text[]))[1 + n % array_length(CAST(:holders AS text[]), 1)]"
STATE = "CASE n % 2 WHEN 0 THEN 'CLOSED' ELSE 'AWAITING_FOLLOW_UP' END"
ID, FILED = "md5(n::text)::uuid", "CAST(:now AS timestamptz) - n % 300 * interval '1 day'"
EACH = "FROM generate_series(1, CAST(:stored AS int)) AS n"
ROWS = (
    f"""
    INSERT INTO routing.cases (id, reference, filed_at, kind, confidential, sealed, rule, explanation, verifier, holder,
                               state)
    SELECT {ID}, n, {FILED}, 'complaint', false, repeat('x', 300), 'named', '', {HOLDER}, {HOLDER}, {STATE} {EACH}
    """,
    f"""
    INSERT INTO routing.acts (id, complaint_id, kind, at, by, role, agency, holder, state, sealed)
    SELECT gen_random_uuid(), {ID}, 'verification', {FILED}, 'stored', 'coordinator', {HOLDER}, {HOLDER},
           'AWAITING_FOLLOW_UP', repeat('x', 200) {EACH}
    """,
    f"""
    INSERT INTO sla.complaints (id, filed_at, silent_since, holder, transfers, answered_at, ended_at)
    SELECT {ID}, {FILED}, {FILED}, {HOLDER}, 0, ended.at, ended.at {EACH}
    CROSS JOIN LATERAL (SELECT CASE n % 2 WHEN 0 THEN {FILED} + interval '5 days' END AS at) AS ended
    """,
    f"""
    INSERT INTO sla.clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version,
                            due_at, next_step, next_at, stopped_at, outcome, moved_at)
    SELECT {ID}, name, 1, {HOLDER}, 'Asia/Jakarta', {FILED}, 5, 'working', 1, {FILED}, 1,
           CASE n % 2 WHEN 1 THEN CAST(:now AS timestamptz) + interval '60 days' END,
           CASE n % 2 WHEN 0 THEN {FILED} + interval '5 days' END,
           CASE WHEN n % 2 = 0 THEN CASE name WHEN 'life' THEN 'answered' ELSE 'met' END END, :now
    {EACH}, unnest(ARRAY['life', 'follow_up', 'resolution']) AS name
    """,
    f"""
    INSERT INTO intake.complaints (id, reference, filed_at, kind, channel, anonymous, confidential, sealed)
    SELECT {ID}, n, {FILED}, 'complaint', 'web', true, false, repeat('x', 300) {EACH}
    """,
    f"""
    INSERT INTO intake.standings (complaint_id, state, agency_name, missed, step)
    SELECT {ID}, {STATE}, {HOLDER}, '[]', 0 {EACH}
    """,
    f"""
    INSERT INTO intake.timeline (event_id, complaint_id, at, type, details)
    SELECT gen_random_uuid(), {ID}, {FILED}, type, '{{}}'
    {EACH}, unnest(ARRAY['ComplaintRouted', 'ComplaintVerified', 'FollowUpRecorded']) AS type
    """,
    f"""
    INSERT INTO notify.messages (event_id, recipient, channel, kind, agency, role, complaint_id, reference, about,
                                 template, details, state, next_try_at, mail_id, created_at, sent_at)
    SELECT gen_random_uuid(), role || {HOLDER}, 'mail', 'seat', {HOLDER}, role, {ID}, n, {HOLDER}, 'to_follow_up',
           '{{}}', 'sent', {FILED}, gen_random_uuid(), {FILED}, {FILED}
    {EACH}, unnest(ARRAY['liaison', 'leader']) AS role
    """,
)
TABLES = (
    "routing.cases, routing.acts, sla.complaints, sla.clocks, intake.complaints, intake.standings, intake.timeline,"
    " notify.messages"
)


async def store(url: str, **values: Any) -> None:
    """Insert `stored` complaints of the year before `now`, held by `holders`; keys and triggers do not look."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        for statement in ROWS:
            await connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
        await connection.execute(text(f"VACUUM ANALYZE {TABLES}"))
        await connection.execute(text("CHECKPOINT"))
    await engine.dispose()
