"""Recounts: after a new decree every running clock whose limit has not passed is counted by the new calendar."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select, tuple_

from services.sla.actions.clocks import COLUMNS
from services.sla.actions.policies import current_rules
from services.sla.domain.clocks import Clock, require_near
from services.sla.domain.holders import counted_anew
from services.sla.domain.policies import OF_CALENDARS
from services.sla.models.calendars import CalendarRow
from services.sla.models.clocks import ClockRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.holidays import days_off
from shared.service import RunningService
from shared.telemetry import log

BATCH = 2_000
# A process has one calendar for all its life: once it is done, nothing is left to do until it starts again.
REST_SECONDS = 3_600.0
KEY = ClockRow.complaint_id, ClockRow.name, ClockRow.cycle
DIGEST = select(CalendarRow.digest)
# The due date of a clock past its limit has been announced, and so has the end of a pause: neither is counted again.
RUNNING = (
    select(*COLUMNS)
    .where(ClockRow.stopped_at.is_(None), ClockRow.paused_at.is_(None))
    .where(ClockRow.unit.in_(OF_CALENDARS), ClockRow.due_at > bindparam("now"))
    .order_by(*KEY)
    .limit(BATCH)
    .with_for_update()
)
BEHIND = RUNNING.where(tuple_(*KEY) > tuple_(bindparam("id"), bindparam("name"), bindparam("cycle")))


async def recount_once(service: RunningService[State]) -> int:
    """Count a batch of running clocks again if the calendar has changed; how many were looked at.

    A process that ends halfway leaves the old digest, and the next one begins anew: counting twice changes nothing.
    """
    recount = service.state.recount
    if recount.done:
        return 0
    async with service.begin() as tx:
        digest = days_off(service.state.settings.calendar_exceptions).digest
        if recount.after is None and (await tx.execute(DIGEST)).scalar_one_or_none() == digest:
            recount.done = True
            return 0
        await current_rules(tx)
        clocks = await _batch(tx)
        await tx.update(ClockRow, list(_changes(tx, clocks)), key=("complaint_id", "name", "cycle"))
        if len(clocks) < BATCH:
            await tx.upsert(CalendarRow, [{"id": 1, "digest": digest, "counted_at": tx.now}], key="id")
    recount.done = len(clocks) < BATCH
    recount.after = clocks[-1].key if clocks else recount.after
    return len(clocks)


async def _batch(tx: Tx[State]) -> Sequence[Clock]:
    statement: Select[Any] = RUNNING
    values: dict[str, Any] = {"now": tx.now}
    if after := tx.state.recount.after:
        statement, values = BEHIND, values | dict(zip(("id", "name", "cycle"), after, strict=True))
    return await tx.records(Clock, statement, values)


def _changes(tx: Tx[State], clocks: Sequence[Clock]) -> Iterator[dict[str, Any]]:
    """The rows of the clocks whose limit or next step has moved; one that cannot be counted stays as it is."""
    for clock in clocks:
        try:
            new = counted_anew(tx.state.rules, clock)
            require_near(new, tx.now)
        except Exception as error:
            log.error("clock cannot be counted", complaint=clock.complaint_id, clock=clock.name, error=repr(error))
            continue
        if new != clock:
            key = {"complaint_id": clock.complaint_id, "name": clock.name, "cycle": clock.cycle}
            limit = {"limit_days": new.limit_days, "due_at": new.due_at}
            yield {**key, **limit, "next_at": new.next_at, "moved_at": tx.now}
