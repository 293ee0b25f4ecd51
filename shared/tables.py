"""The tables that every service has beside its own: outbox, inbox, parked."""

from sqlalchemy import MetaData

from shared.inbox import inbox_table, parked_table
from shared.outbox import outbox_table


def service_tables() -> MetaData:
    """New metadata with these three tables; a service's models add their own."""
    tables = MetaData()
    for make in (outbox_table, inbox_table, parked_table):
        make(tables)
    return tables
