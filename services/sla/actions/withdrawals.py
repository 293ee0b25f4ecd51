"""Withdrawals: steps that were announced wrongly are taken back when the act that overtook them comes in late."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Uuid, and_, any_, bindparam, exists, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.domain.withdrawals import (
    ChangedClock,
    FiredStep,
    Withdrawal,
    may_be_wrong,
    reminders_of,
    withdrawals_of,
)
from services.sla.models.steps import StepRow
from services.sla.models.withdrawals import WithdrawalRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import EscalationWithdrawn, OmbudsmanOffered

# The steps of these complaints that were not taken back.
VALID_STEPS = (
    select(
        StepRow.complaint_id,
        StepRow.clock,
        StepRow.cycle,
        StepRow.step,
        StepRow.escalation,
        StepRow.agency,
        StepRow.fired_at,
        StepRow.round,
    )
    .where(StepRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .where(
        ~exists().where(
            and_(
                WithdrawalRow.complaint_id == StepRow.complaint_id,
                WithdrawalRow.clock == StepRow.clock,
                WithdrawalRow.cycle == StepRow.cycle,
                WithdrawalRow.step == StepRow.step,
                WithdrawalRow.fired_at == StepRow.fired_at,
            )
        )
    )
    .order_by(StepRow.complaint_id, StepRow.fired_at, StepRow.step)
)
KEY = "complaint_id", "clock", "cycle", "step"
Fired = Mapping[UUID, Sequence[FiredStep]]


async def withdraw_overtaken(tx: Tx[State], changes: Sequence[ChangedClock]) -> None:
    """Take back what was announced for these clocks, which are locked, and should not have been; each step once."""
    suspects = [change for change in changes if may_be_wrong(tx.state.rules, change)]
    if not suspects:
        return
    fired = await _valid_steps(tx, {change.after.complaint_id for change in suspects})
    found = [each for change in suspects for each in _withdrawals(tx.state, change, fired)]
    await tx.insert(WithdrawalRow, [row for each in found for row in _rows(tx, each)])
    gone = {(each.clock.complaint_id, step) for each in found for step in each.steps}
    tx.stage(*(_fact(tx.state, each, _highest(fired, each.clock.complaint_id, gone)) for each in found))
    await _offer_anew(tx, [each for each in found if each.offer])


async def _offer_anew(tx: Tx[State], withdrawals: Sequence[Withdrawal]) -> None:
    """The offer is as due as before: it is said again with the present holder, whose leader must know of it."""
    rows = [{**_key(each), "agency": each.clock.agency, "fired_at": tx.now} for each in withdrawals]
    await tx.update(StepRow, rows, key=KEY)
    tx.stage(*map(_offer, withdrawals))


def _key(withdrawal: Withdrawal) -> dict[str, Any]:
    clock, step = withdrawal.clock, cast(FiredStep, withdrawal.offer)
    return {"complaint_id": clock.complaint_id, "clock": clock.name, "cycle": clock.cycle, "step": step.step}


async def _valid_steps(tx: Tx[State], ids: set[UUID]) -> Fired:
    fired: dict[UUID, list[FiredStep]] = defaultdict(list)
    for row in await tx.execute(VALID_STEPS, {"ids": [*ids]}):
        values = row._asdict()
        fired[values.pop("complaint_id")].append(FiredStep(**values))
    return fired


def _withdrawals(state: State, change: ChangedClock, fired: Fired) -> Sequence[Withdrawal]:
    clock = change.after
    own = [s for s in fired.get(clock.complaint_id, ()) if (s.clock, s.cycle) == (clock.name, clock.cycle)]
    return withdrawals_of(state.rules, change, own)


def _highest(fired: Fired, complaint_id: UUID, gone: set[tuple[UUID, FiredStep]]) -> int:
    """The highest step of the ladder that the complaint keeps, whichever clock took it."""
    return max((s.escalation for s in fired[complaint_id] if (complaint_id, s) not in gone), default=0)


def _rows(tx: Tx[State], withdrawal: Withdrawal) -> Iterator[dict[str, Any]]:
    for step in withdrawal.steps:
        yield {
            "complaint_id": withdrawal.clock.complaint_id,
            "clock": step.clock,
            "cycle": step.cycle,
            "step": step.step,
            "fired_at": step.fired_at,
            "reason": withdrawal.reason,
            "withdrawn_at": tx.now,
        }


def _fact(state: State, withdrawal: Withdrawal, standing: int) -> EscalationWithdrawn:
    return EscalationWithdrawn(
        complaint_id=withdrawal.clock.complaint_id,
        clock=withdrawal.clock.name,
        cycle=withdrawal.clock.cycle,
        agency=withdrawal.agency,
        steps=tuple(withdrawal.climbs),
        reason=withdrawal.reason,
        since=withdrawal.since,
        standing=standing,
        reminders=tuple(reminders_of(state.rules, withdrawal)),
        from_round=withdrawal.from_round,
    )


def _offer(withdrawal: Withdrawal) -> OmbudsmanOffered:
    clock = withdrawal.clock
    return OmbudsmanOffered(
        complaint_id=clock.complaint_id,
        filed_at=clock.started_at,
        agency=clock.agency,
        unverified=withdrawal.unverified,
    )
