"""Which errors of the database are an outage, after which the same work may succeed."""

import asyncpg
from sqlalchemy.exc import DBAPIError, NotSupportedError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Connection lost or refused; role or database missing; shutting down or starting up; out of room; disk failed; a
# standby that was the primary; deadlock and serialization, which are worth a retry.
TRANSIENT_STATES = ("08", "28", "3D", "57", "53", "58", "25006", "40")
# Set statements go straight to the driver, so its errors come as they are.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def is_outage(error: BaseException) -> bool:
    """Whether the database failed and not the work: the same work may succeed later."""
    # NotSupportedError: a newer release altered a table whose plan this connection still remembered.
    if isinstance(error, OSError | PoolTimeout | NotSupportedError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # The driver's messages for a connection that was lost, idle or at work.
    if isinstance(error, asyncpg.InterfaceError) and "closed" in str(error):
        return True
    if isinstance(error, asyncpg.InternalClientError) and "another operation" in str(error):
        return True
    return _state(error).startswith(TRANSIENT_STATES)


def was_rolled_back(error: BaseException) -> bool:
    """Whether PostgreSQL undid the work for the sake of others: the same work may succeed at once."""
    return _state(error).startswith("40")


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
