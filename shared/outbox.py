"""Transactional outbox: an event is staged with the change it tells of; `shared/relay.py` publishes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, func

from shared.events import Event, encode

# The loop that publishes what is staged; each commit that stages an event wakes it.
RELAY = "relay"


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


# The table is the same in every service; the role of the connection decides the schema.
OUTBOX = outbox_table(MetaData())


def rows_of(events: Sequence[Event[Any]]) -> Sequence[Mapping[str, str]]:
    """The rows that stage these events."""
    return [{"topic": event.fact.topic, "key": event.subject, "value": encode(event).decode()} for event in events]
