"""Re-clocking: what putting open clocks under a policy would change, the order to do it, and doing it in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, any_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.clocks import COLUMNS
from services.sla.actions.directory import ladder_of
from services.sla.actions.policies import current_rules, judged
from services.sla.domain.acceptances import Problem, covered
from services.sla.domain.clocks import Clock
from services.sla.domain.policies import Policy
from services.sla.domain.reclockings import Effect, OpenClocks, effect_of, reclocked, terms_under
from services.sla.domain.rules import Rules
from services.sla.errors import NotInForce, UnknownPolicy, refusal_for
from services.sla.models.clocks import ClockRow
from services.sla.models.complaints import KNOWN_CLASS, KNOWN_KIND, ComplaintRow
from services.sla.models.reclockings import ReclockingRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.service import RunningService
from shared.telemetry import log, unusable_values
from shared.vocabulary import ClockName

BATCH = 2_000
TIMER = "reclock"
# The order wakes the timer of its replica; this is for one that ended halfway.
REST_SECONDS = 60.0
KEY = ClockRow.complaint_id, ClockRow.name, ClockRow.cycle
MOVED = "complaint_id", "name", "cycle", "limit_days", "unit", "policy_version", "due_at", "next_at"
_named = bindparam("names", type_=ARRAY(Text))
_held = bindparam("agencies", type_=ARRAY(Text))
IS_CONCERNED = ClockRow.stopped_at.is_(None), ClockRow.name == any_(_named)
_each = (
    select(
        ClockRow.agency,
        ClockRow.name,
        KNOWN_CLASS.label("known_class"),
        KNOWN_KIND.label("kind"),
        ClockRow.policy_version,
        ClockRow.limit_days,
        ClockRow.unit,
        (ClockRow.next_step > 1).label("have_steps"),
    )
    .join(ComplaintRow, ComplaintRow.id == ClockRow.complaint_id)
    .where(*IS_CONCERNED)
    .subquery()
)
ALIKE = select(*_each.c, func.count().label("clocks")).group_by(*_each.c)
ALIKE_AT = ALIKE.where(_each.c.agency == any_(_held))
# Until when a clock pauses was said; it is counted by its policy until it goes on.
OPEN = (
    select(*COLUMNS, KNOWN_CLASS.label("known_class"), KNOWN_KIND.label("kind"))
    .join(ComplaintRow, ComplaintRow.id == ClockRow.complaint_id)
    .where(*IS_CONCERNED, ClockRow.paused_at.is_(None))
    .order_by(*KEY)
    .limit(BATCH)
    .with_for_update(of=ClockRow)
)
OPEN_AT = OPEN.where(ClockRow.agency == any_(_held))
# The second condition spares the join a walk over all complaints before.
BEHIND = (
    tuple_(*KEY) > tuple_(bindparam("id"), bindparam("name"), bindparam("cycle")),
    ComplaintRow.id >= bindparam("id"),
)


@dataclass(frozen=True, slots=True)
class Reclocking:
    """An order to put open clocks under a policy, and how far it has come; `kept` are clocks that stay as they are."""

    id: int
    version: int
    requested_by: str
    requested_at: datetime
    moved: int = 0
    kept: int = 0
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order(Reclocking):
    """An order as its row keeps it, with the key of the last clock that was looked at."""

    after_id: UUID | None = None
    after_name: ClockName | None = None
    after_cycle: int | None = None


NEXT_ORDER = (
    select(*(getattr(ReclockingRow, field.name) for field in fields(Order)))
    .where(ReclockingRow.done_at.is_(None))
    .order_by(ReclockingRow.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
ORDERS = (
    select(*(getattr(ReclockingRow, field.name) for field in fields(Reclocking)))
    .where(ReclockingRow.version == bindparam("version"))
    .order_by(ReclockingRow.id)
)


@dataclass(frozen=True, slots=True)
class OpenClock(Clock):
    """An open clock, and what its limit depends on."""

    known_class: str = ""
    kind: str = ""


async def foresee(tx: Tx[State], new: Policy) -> Effect:
    """What a policy would change if the open clocks were put under it on the day it takes effect. Raises a refusal."""
    rules, [outcome] = await judged(tx, [new])
    if isinstance(outcome, Problem):
        raise refusal_for(outcome)
    agencies = await _agencies(tx, outcome)
    statement = ALIKE if agencies is None else ALIKE_AT
    groups = await tx.records(OpenClocks, statement, {"names": _names(outcome), "agencies": agencies})
    return effect_of(rules, outcome.version, groups, outcome.effective_at)


async def order_reclocking(tx: Tx[State], version: int, by: str) -> Reclocking:
    """Order that open clocks go under this policy where it holds. Raises UnknownPolicy and NotInForce."""
    rules = await current_rules(tx)
    if policy_in(rules, version).effective_at > tx.now:
        raise NotInForce(field="version")
    row: dict[str, Any] = {"version": version, "requested_by": by, "requested_at": tx.now}
    [id] = await tx.insert(ReclockingRow, [row], returning=ReclockingRow.id)
    tx.wake(TIMER)
    return Reclocking(id=id, **row)


async def list_reclockings(tx: Tx[State], version: int) -> Sequence[Reclocking]:
    """The orders for this policy, oldest first. Raises UnknownPolicy."""
    policy_in(await current_rules(tx), version)
    return await tx.records(Reclocking, ORDERS, {"version": version})


def policy_in(rules: Rules, version: int) -> Policy:
    try:
        return rules.policy(version)
    except KeyError:
        raise UnknownPolicy(field="version") from None


async def reclock_once(service: RunningService[State]) -> int:
    """Put a batch of clocks under the policy of the oldest order; how many were looked at.

    The order's row is locked, so one replica works on it, and says how far it has come: a crash repeats nothing.
    """
    async with service.begin() as tx:
        orders = await tx.records(Order, NEXT_ORDER)
        if not orders:
            return 0
        [order] = orders
        rules = await current_rules(tx)
        found = await _batch(tx, order, rules)
        kept: list[Clock] = []
        moved = list(_moved(rules, order, found, tx.now, kept))
        rows = [{**{name: getattr(clock, name) for name in MOVED}, "moved_at": tx.now} for clock in moved]
        await tx.update(ClockRow, rows, key=MOVED[:3])
        await tx.update(ReclockingRow, [_progress(tx, order, found, len(moved), len(kept))], key="id")
    return len(found)


async def _batch(tx: Tx[State], order: Order, rules: Rules) -> Sequence[OpenClock]:
    """The next clocks of an order; none of one whose policy cannot be read: it is over, and holds up no other."""
    try:
        policy = rules.policy(order.version)
    except KeyError:
        log.error("policy of an order is not known", order=order.id, version=order.version)
        unusable_values.labels("sla", "order").inc()
        return ()
    agencies = await _agencies(tx, policy)
    statement: Select[Any] = OPEN if agencies is None else OPEN_AT
    values: dict[str, Any] = {"names": _names(policy), "agencies": agencies}
    if order.after_id is not None:
        statement = statement.where(*BEHIND)
        values |= {"id": order.after_id, "name": order.after_name, "cycle": order.after_cycle}
    return await tx.records(OpenClock, statement, values)


def _moved(rules: Rules, order: Order, found: Sequence[OpenClock], now: datetime, kept: list[Clock]) -> Iterator[Clock]:
    """The clocks that change; those that cannot be counted, or whose steps the policy counts otherwise, are kept."""
    for each in found:
        try:
            terms = terms_under(rules, order.version, each, each, now)
            if terms is not None:
                yield reclocked(rules, each, terms, now)
        except Exception as error:
            log.warning("clock keeps its policy", complaint=each.complaint_id, error=repr(error))
            kept.append(each)


def _progress(tx: Tx[State], order: Order, found: Sequence[OpenClock], moved: int, kept: int) -> dict[str, Any]:
    after = found[-1].key if found else (order.after_id, order.after_name, order.after_cycle)
    return {
        "id": order.id,
        "after_id": after[0],
        "after_name": after[1],
        "after_cycle": after[2],
        "moved": order.moved + moved,
        "kept": order.kept + kept,
        "done_at": tx.now if len(found) < BATCH else None,
    }


async def _agencies(tx: Tx[State], policy: Policy) -> Sequence[str] | None:
    """The agencies at which a policy holds, or None for all."""
    return covered((await ladder_of(tx)).directory, policy) if policy.is_local else None


def _names(policy: Policy) -> Sequence[str]:
    return sorted({limit.clock for limit in policy.limits})
