"""The tables that every service has beside its own: outbox and promised, inbox, parked, later and watermarks."""

from sqlalchemy import MetaData

from shared.inbox import inbox_table
from shared.outbox import outbox_table, promised_table
from shared.parked import later_table, parked_table
from shared.promises import watermarks_table


def service_tables() -> MetaData:
    """New metadata with these tables; a service's models add their own."""
    tables = MetaData()
    for make in (outbox_table, promised_table, inbox_table, parked_table, later_table, watermarks_table):
        make(tables)
    return tables
