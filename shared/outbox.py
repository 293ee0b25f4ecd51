"""Transactional outbox: an event is staged with the change it tells of; `shared/relay.py` publishes it.

A service may promise that nothing older than a moment comes any more (`shared/promises.py`). Staging keeps the promise:
before its commit it takes a shared lock and compares its moment, and a promise is made under the same lock alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import DDL, BigInteger, Column, DateTime, Identity, MetaData, SmallInteger, Table, Text, event, func

from shared.events import Event, encode

# The loop that publishes what is staged; each commit that stages an event wakes it.
RELAY = "relay"

# The locks end with the transaction. In a function that is VOLATILE a statement sees what was committed while the
# statement before it waited.
HOLDS_PROMISE = """
CREATE FUNCTION holds_promise() RETURNS timestamptz VOLATILE LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('promised'), hashtext(current_schema()));
  RETURN (SELECT up_to FROM promised);
END $$
"""
KEEPS_PROMISE = """
CREATE FUNCTION keeps_promise(staged_at timestamptz) RETURNS timestamptz VOLATILE LANGUAGE plpgsql AS $$
DECLARE promised_to timestamptz := holds_promise();
BEGIN
  IF staged_at <= promised_to THEN
    RAISE EXCEPTION 'promised up to %', promised_to USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN staged_at;
END $$
"""
# A writer that is frozen before its commit must not stop the others: the promise gives up, and they go on. A real clock
# is believed five minutes beyond the database's; one that stands until it is moved, unless it leaps by years.
PROMISE_PROGRESS = """
CREATE FUNCTION promise_progress(wanted timestamptz, is_real boolean, OUT promised_to timestamptz, OUT seq bigint)
VOLATILE LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('promised'), hashtext(current_schema()));
  UPDATE promised SET up_to = greatest(up_to, CASE
    WHEN is_real THEN least(wanted, clock_timestamp() + interval '5 minutes')
    WHEN up_to > 'epoch' AND wanted > up_to + interval '1000 days' THEN up_to
    ELSE wanted END) RETURNING up_to INTO promised_to;
  seq := coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')), 0);
END $$
"""
NOTHING_PROMISED = "INSERT INTO promised (id, up_to) VALUES (1, 'epoch')"
KEEPING = (HOLDS_PROMISE, KEEPS_PROMISE, PROMISE_PROGRESS, NOTHING_PROMISED)
FUNCTIONS = ("promise_progress(timestamptz, boolean)", "keeps_promise(timestamptz)", "holds_promise()")
# The guard of a single statement, and the statement of a transaction, which has its end later.
GUARD, HOLD = "keeps_promise", "SELECT holds_promise()"
PROMISE = "SELECT promised_to, seq FROM promise_progress($1, $2)"


def outbox_table(tables: MetaData) -> Table:
    return Table(
        "outbox",
        tables,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("value", Text, nullable=False),
        Column("staged_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )


def promised_table(tables: MetaData) -> Table:
    """The moment up to which a service has promised that nothing older comes: one row."""
    table = Table(
        "promised",
        tables,
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("up_to", DateTime(timezone=True), nullable=False),
    )
    for statement in KEEPING:
        made: Any = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", made)
    return table


# The table is the same in every service; the role of the connection decides the schema.
OUTBOX = outbox_table(MetaData())


def rows_of(events: Sequence[Event[Any]]) -> Sequence[Mapping[str, str]]:
    """The rows that stage these events."""
    return [{"topic": event.fact.topic, "key": event.subject, "value": encode(event).decode()} for event in events]
