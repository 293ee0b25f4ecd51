"""Setbacks: a clock of the service was ahead and is right again; the steps of a time that has not come are undone."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import DateTime, bindparam, delete, func, select, update

from services.sla.actions.clocks import COLUMNS, move_clocks
from services.sla.domain.clocks import Clock
from services.sla.domain.indicators import CAPITAL_ZONE
from services.sla.domain.setbacks import set_back
from services.sla.models.clocks import ClockRow
from services.sla.models.steps import StepRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.telemetry import log

AHEAD = timedelta(minutes=5)
FORGET = delete(StepRow).where(StepRow.fired_at > bindparam("limit"))
# Seats were passed over at a moment that has not come: that is void, and a new working day begins.
CHECK_AGAIN = (
    update(StepRow)
    .where(StepRow.checked_at > bindparam("limit"))
    .values(check_at=bindparam("at", type_=DateTime(timezone=True)), checked_at=None, told=[], passed_over=[])
)
_taken = (
    select(func.max(StepRow.step).label("step"))
    .where(StepRow.complaint_id == ClockRow.complaint_id, StepRow.clock == ClockRow.name)
    .where(StepRow.cycle == ClockRow.cycle)
    .lateral()
)
MOVED_AHEAD = (
    select(*COLUMNS, func.coalesce(_taken.c.step, 0).label("taken"))
    .join(_taken, ClockRow.next_at.is_not(None))
    .where(ClockRow.moved_at > bindparam("limit"))
    .with_for_update(of=ClockRow)
)


@dataclass(frozen=True, slots=True)
class MovedClock(Clock):
    """A clock that was moved in a time that has not come; `taken` is the last step that it took before, or 0."""

    taken: int = 0


async def undo_the_future(tx: Tx[State]) -> None:
    """Take the steps back that were taken in a time that has not come, at the start and when the clock went back.

    No other service has handled the events of these steps: an event from the future is set aside.
    """
    swept_at = tx.state.swept_at
    if swept_at is not None and tx.now >= swept_at - AHEAD:
        return
    limit = tx.now + AHEAD
    await tx.execute(FORGET, {"limit": limit})
    await tx.execute(CHECK_AGAIN, {"limit": limit, "at": tx.state.rules.calendar_of(CAPITAL_ZONE).due_at(tx.now, 1)})
    clocks = await tx.records(MovedClock, MOVED_AHEAD, {"limit": limit})
    if clocks:
        log.warning("steps of a time that has not come are undone", clocks=len(clocks))
        await move_clocks(tx, [set_back(tx.state.rules, clock, clock.taken, tx.now) for clock in clocks])
