"""The tables that every service has beside its own: outbox, inbox, parked, later."""

from sqlalchemy import MetaData

from shared.inbox import inbox_table
from shared.outbox import outbox_table
from shared.parked import later_table, parked_table


def service_tables() -> MetaData:
    """New metadata with these four tables; a service's models add their own."""
    tables = MetaData()
    for make in (outbox_table, inbox_table, parked_table, later_table):
        make(tables)
    return tables
