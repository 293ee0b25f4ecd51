"""The tables that every service has beside its own: outbox and promised, inbox, parked, later and watermarks."""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint, MetaData

from shared.inbox import inbox_table
from shared.outbox import outbox_table, promised_table
from shared.parked import later_table, parked_table
from shared.promises import watermarks_table

# Outbox and inbox are written for every event, by the services themselves: a check would cost each of them.
HELD = {
    "parked": ("parked_at", "tried_at", "next_try_at"),
    "later": ("received_at",),
    "watermarks": ("up_to",),
}


def service_tables() -> MetaData:
    """New metadata with these tables; a service's models add their own."""
    tables = MetaData()
    for make in (outbox_table, promised_table, inbox_table, parked_table, later_table, watermarks_table):
        make(tables)
    for name, moments in HELD.items():
        tables.tables[name].append_constraint(readable(*moments))
    return tables


def readable(*moments: str, lists: Sequence[str] = (), name: str = "moments_are_readable") -> CheckConstraint:
    """Refuses a moment in these columns, or in these columns of lists, that Python cannot read or nobody means.

    One such row would stop whatever reads it, a worklist or a sweep, with all other rows.
    """
    parts = [f"{moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z'" for moment in moments]
    parts += [f"'1900-01-01Z' <= ALL ({each}) AND '9000-01-01Z' >= ALL ({each})" for each in lists]
    return CheckConstraint(" AND ".join(parts), name)
