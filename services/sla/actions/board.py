"""The public board: this year's numbers and the complaints that have waited longest."""

from typing import Any

from services.sla.actions.indicators import Period, indicators
from services.sla.actions.overdue import Query, overdue
from shared.db import Tx

OLDEST = 20


async def board(tx: Tx) -> dict[str, Any]:
    """This year's indicators of the whole country and the oldest overdue clocks."""
    oldest, _ = await overdue(tx, Query(limit=OLDEST))
    return {"now": tx.now, "numbers": await indicators(tx, Period(None, None, None)), "oldest": oldest}
