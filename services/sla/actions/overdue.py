"""The public list of overdue clocks, oldest first; confidential and sensitive complaints are not in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, SmallInteger, Text, Uuid, any_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.directory import codes_below, codes_within
from services.sla.domain.calendars import is_provisional
from services.sla.domain.overdue import OverdueClock, days_late, hours_late
from services.sla.models.clocks import IS_OPEN, ClockRow
from services.sla.models.complaints import IS_LISTED, ComplaintRow
from services.sla.models.directory import AgencyRow
from services.sla.models.steps import StepRow
from services.sla.models.tables import Moment
from services.sla.state import State
from shared.db.transaction import Tx
from shared.http.paging import cursor_of, identifier, moment, number, position_in, word
from shared.telemetry import unusable_values
from shared.vocabulary import ClockName

POSITION = ClockRow.due_at, ClockRow.complaint_id, ClockRow.name, ClockRow.cycle
SHOWN = ClockRow.agency, ClockRow.zone, ClockRow.calendars, ClockRow.unit, ClockRow.started_at
AFTER = (
    bindparam("after_due", type_=Moment),
    bindparam("after_id", type_=Uuid),
    bindparam("after_name", type_=Text),
    bindparam("after_cycle", type_=SmallInteger),
)
# Whatever the column can hold: also behind a damaged row the list goes on.
CYCLE = number(2**15 - 1, least=-(2**15))


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """A row of the list as it is stored; `step` is the highest climb so far, None before the first."""

    due_at: datetime
    complaint_id: UUID
    name: ClockName
    cycle: int
    agency: str
    zone: str
    calendars: Sequence[str]
    unit: str
    started_at: datetime
    reference: str | None
    agency_name: str | None
    step: int | None


@dataclass(frozen=True, slots=True)
class OverdueQuery:
    """What to list: the clocks of an agency and those below it, of a region, or all; `after` is a cursor."""

    agency: str | None = None
    region: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class OverdueClocks:
    """A part of the list, and the cursor of the next part if there is one."""

    items: Sequence[OverdueClock]
    next: str | None


async def list_overdue(tx: Tx[State], query: OverdueQuery) -> OverdueClocks:
    """One page of running clocks past their limit. Raises UnknownAgency and BadCursor."""
    values: dict[str, Any] = {"now": tx.now, "most": query.limit + 1}
    codes = await _codes(tx, query)
    if codes is not None:
        values["codes"] = sorted(codes)
    if query.after:
        values |= _position(query.after)
    statement = _list(is_narrowed=codes is not None, is_continued=bool(query.after))
    rows = await tx.records(OverdueRow, statement, values)
    items = [_overdue(tx, row) for row in rows[: query.limit]]
    return OverdueClocks(items, _cursor(items[-1]) if len(rows) > len(items) else None)


@cache
def _list(is_narrowed: bool, is_continued: bool) -> Select[Any]:
    """The statement for all clocks or those of `codes`, from the start or behind a position."""
    escalation = (
        select(func.max(StepRow.escalation))
        .where(StepRow.complaint_id == ClockRow.complaint_id)
        .where(StepRow.clock == ClockRow.name, StepRow.cycle == ClockRow.cycle)
        .scalar_subquery()
    )
    found = (
        select(*POSITION, *SHOWN)
        .add_columns(ComplaintRow.reference, AgencyRow.name.label("agency_name"), escalation.label("step"))
        .join(ComplaintRow, (ComplaintRow.id == ClockRow.complaint_id) & IS_LISTED)
        .outerjoin(AgencyRow, AgencyRow.code == ClockRow.agency)
        .where(IS_OPEN, ClockRow.due_at < bindparam("now"))
    )
    if is_narrowed:
        found = found.where(ClockRow.agency == any_(bindparam("codes", type_=ARRAY(Text))))
    if is_continued:
        found = found.where(tuple_(*POSITION) > tuple_(*AFTER))
    return found.order_by(*POSITION).limit(bindparam("most"))


async def _codes(tx: Tx[State], query: OverdueQuery) -> frozenset[str] | None:
    """The agencies to list, or None for all."""
    below, within = await codes_below(tx, query.agency), await codes_within(tx, query.region)
    return below & within if below is not None and within is not None else below if within is None else within


def _overdue(tx: Tx[State], row: OverdueRow) -> OverdueClock:
    days = days_late(tx.state.rules.calendar_of((*row.calendars, row.zone)[0]), row.due_at, tx.now)
    if days is None:
        unusable_values.labels("sla", "limit").inc()
    return OverdueClock(
        complaint_id=row.complaint_id,
        reference=row.reference,
        clock=row.name,
        cycle=row.cycle,
        agency=row.agency,
        agency_name=row.agency_name,
        due_at=row.due_at,
        days_late=days,
        step=row.step or 0,
        provisional=is_provisional(tx.state.rules, row),
        hours_late=hours_late(row.unit, row.due_at, tx.now),
    )


def _cursor(last: OverdueClock) -> str:
    return cursor_of(last.due_at, last.complaint_id, last.clock, last.cycle)


def _position(cursor: str) -> dict[str, datetime | UUID | str | int]:
    due_at, complaint_id, name, cycle = position_in(cursor, moment, identifier, word, CYCLE)
    return {"after_due": due_at, "after_id": complaint_id, "after_name": name, "after_cycle": cycle}
