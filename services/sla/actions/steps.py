"""The sweep: takes the clocks that are due, oldest first, one step each, and announces each step to its recipients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Uuid, any_, bindparam, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.announcements import fact_of, marked_unverified
from services.sla.actions.clocks import COLUMNS, move_clocks, verifiers_of
from services.sla.actions.directory import ladder_of
from services.sla.actions.policies import current_rules
from services.sla.actions.promises import IS_KNOWN, sweep_horizon
from services.sla.actions.setbacks import undo_the_future
from services.sla.domain.announcements import TakenStep, give_up, take_step
from services.sla.domain.clocks import Clock, Key
from services.sla.domain.ladder import Ladder
from services.sla.domain.rules import Rules
from services.sla.domain.withdrawals import held_by
from services.sla.models.clocks import WATCHES, ClockRow
from services.sla.models.complaints import ComplaintRow
from services.sla.models.steps import StepRow
from services.sla.state import State
from shared.db.clock import require_agreement
from shared.db.transaction import Tx
from shared.events import Fact
from shared.service import RunningService
from shared.telemetry import log
from shared.vocabulary import LIFE, OMBUDSMAN

# A clock that another replica holds is passed by instead of waited for.
DUE = (
    select(*COLUMNS)
    .where(ClockRow.next_at <= bindparam("now"), IS_KNOWN)
    .order_by(ClockRow.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
# Those of these complaints for which a limit of the handling runs, and will climb by itself; or with a part that is
# alive, whose limits do.
IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
WATCHED: CompoundSelect[Any] = union(
    select(ClockRow.complaint_id.label("id")).where(ClockRow.complaint_id == IDS, WATCHES),
    select(ComplaintRow.part_of)
    .join(ClockRow, (ClockRow.complaint_id == ComplaintRow.id) & (ClockRow.name == LIFE))
    .where(ComplaintRow.part_of == IDS, ClockRow.stopped_at.is_(None)),
)


async def sweep_once(service: RunningService[State]) -> int:
    """Take one step of each clock that is due, at most a batch; how many clocks it was.

    Raises ClockAstray while the machine's clock is far from the database's: a clock that jumps burns no ladder.
    """
    async with service.begin() as tx:
        await require_agreement(tx)
        await current_rules(tx)
        await undo_the_future(tx)
        taken = await _take_due(tx)
    # Only now is the future undone: a sweep that failed has undone nothing.
    service.state.swept_at = tx.now
    return taken


async def _take_due(tx: Tx[State]) -> int:
    """Take and announce the step of each clock that is due; how many clocks it was."""
    known = await sweep_horizon(tx)
    due = await tx.records(Clock, DUE, {**known.values, "most": tx.state.settings.sweep_batch})
    if not due:
        return 0
    ladder, watched = await ladder_of(tx), await _watched(tx, due)
    verifiers = await verifiers_of(tx, [clock.complaint_id for clock in due if clock.name in (LIFE, OMBUDSMAN)])
    held = [held_by(clock, verifiers.get(clock.complaint_id)) for clock in due]
    taken = [_take(tx, ladder, clock, known.until, clock.complaint_id in watched) for clock in held]
    unverified = {one.key for one, clock in zip(held, due, strict=True) if one is not clock}
    new = await _record(tx, [one for one, facts in taken if facts])
    await move_clocks(tx, [one.after for one, _ in taken])
    for one, facts in taken:
        if (one.before.key, one.step) in new:
            said = known.marked(one.before, facts)
            tx.stage(*(marked_unverified(said) if one.before.key in unverified else said))
    return len(due)


async def _watched(tx: Tx[State], due: Sequence[Clock]) -> set[UUID]:
    """The complaints of due life clocks that have another limit running."""
    ids = [clock.complaint_id for clock in due if clock.name == LIFE]
    return set((await tx.execute(WATCHED, {"ids": ids})).scalars()) if ids else set()


def _take(
    tx: Tx[State], ladder: Ladder, clock: Clock, until: datetime, is_watched: bool
) -> tuple[TakenStep, Sequence[Fact]]:
    """The step that a clock takes, and its events; one bad row climbs to the root and stops no other."""
    rules: Rules = tx.state.rules
    try:
        taken = take_step(rules, ladder, clock, tx.now, is_watched, until)
        facts = list(map(fact_of, taken.announcements))
    except Exception as error:
        log.error("clock cannot be counted", complaint=clock.complaint_id, clock=clock.name, error=repr(error))
        taken = give_up(rules, ladder, clock, tx.now)
        facts = list(map(fact_of, taken.announcements))
    return taken, facts


async def _record(tx: Tx[State], said: Sequence[TakenStep]) -> set[tuple[Key, int]]:
    """Record the steps as taken; gives the key and step of those that had not been, in this round or a later one."""
    rows: list[dict[str, Any]] = [
        {
            "complaint_id": one.before.complaint_id,
            "clock": one.before.name,
            "cycle": one.before.cycle,
            "step": one.step,
            "round": one.after.round,
            "escalation": one.escalation,
            "agency": one.before.agency,
            "fired_at": tx.now,
            "reached_at": None,
            "acknowledged_at": None,
            "check_at": _check_at(tx, one),
            "checked_at": None,
            "told": [seat.name for seat in one.told],
            "passed_over": [],
        }
        for one in said
    ]
    key = StepRow.complaint_id, StepRow.clock, StepRow.cycle, StepRow.step
    names = "complaint_id", "clock", "cycle", "step"
    found = await tx.upsert(StepRow, rows, key=names, rising="round", returning=key)
    return {((complaint_id, clock, cycle), step) for complaint_id, clock, cycle, step in found}


def _check_at(tx: Tx[State], one: TakenStep) -> datetime | None:
    """Somebody must have been reached by a climb one working day from now."""
    return tx.state.rules.calendar_of(one.after.zone).due_at(tx.now, 1) if one.escalation else None
