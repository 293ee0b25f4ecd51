"""The database's clock beside ours: which moment to trust, and when a sweep must not run."""

from datetime import datetime
from typing import Any

from shared.clock import ClockAstray, RealClock, is_astray
from shared.db.transaction import Tx

NOW = "SELECT clock_timestamp()"


async def database_now(tx: Tx[Any]) -> datetime:
    """The present moment by the database's clock, which all processes of a service share."""
    now: datetime = (await tx.execute(NOW)).scalar_one()
    return now


async def latest_now(tx: Tx[Any]) -> datetime:
    """The later of our moment and the database's, because our clock may be slow; an injected clock decides alone."""
    if not isinstance(tx.clock, RealClock):
        return tx.clock.now()
    return max(tx.clock.now(), await database_now(tx))


async def require_agreement(tx: Tx[Any]) -> None:
    """Raises ClockAstray where the real clock is more than five minutes off the database's. For sweeps."""
    if isinstance(tx.clock, RealClock) and is_astray(tx.clock.now(), await database_now(tx)):
        raise ClockAstray(ClockAstray.__doc__)
