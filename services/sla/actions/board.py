"""The public board: this year's numbers and the complaints that have waited longest."""

from datetime import timedelta
from typing import Any

from services.sla.actions.indicators import Period, indicators
from services.sla.actions.overdue import Query, overdue
from services.sla.state import State
from shared.db.transaction import Tx

OLDEST = 20
FRESH = timedelta(minutes=1)


async def board(tx: Tx[State]) -> dict[str, Any]:
    """This year's indicators of the whole country and the oldest overdue clocks, at most a minute old."""
    known: dict[str, Any] | None = tx.state.kept.get("board")
    # The whole country is read for it, so not for every reader anew; at one same moment nothing is kept.
    if known is not None and timedelta(0) < tx.now - known["now"] < FRESH:
        return known
    oldest, _ = await overdue(tx, Query(limit=OLDEST))
    shown = {"now": tx.now, "numbers": await indicators(tx, Period(None, None, None)), "oldest": oldest}
    tx.state.kept["board"] = shown
    return shown
