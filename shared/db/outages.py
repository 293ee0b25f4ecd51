"""Which errors of the database are an outage, after which the same work may succeed."""

import asyncpg
from sqlalchemy.exc import DBAPIError, NotSupportedError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Connection lost or refused; role or database missing; shutting down or starting up; out of room; disk failed; a
# standby that was the primary; deadlock and serialization, which are worth a retry.
TRANSIENT_STATES = ("08", "28", "3D", "57", "53", "58", "25006", "40")
# Set statements go to the driver without SQLAlchemy, which would give errors a name of its own.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def is_outage(error: BaseException) -> bool:
    """Whether the database, rather than the work, failed: the same work may succeed later."""
    # NotSupportedError: a newer release altered a table whose plan this connection still remembered.
    if isinstance(error, OSError | PoolTimeout | NotSupportedError):
        return True
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # The driver's own words for a connection that was lost, or lost while the driver was at work on it.
    if isinstance(error, asyncpg.InterfaceError) and "closed" in str(error):
        return True
    if isinstance(error, asyncpg.InternalClientError) and "another operation" in str(error):
        return True
    return state.startswith(TRANSIENT_STATES)
