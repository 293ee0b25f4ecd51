"""The public list of the longest silences; confidential and sensitive complaints are in it as one number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, select, tuple_

from services.sla.actions.clocks import VERIFIER
from services.sla.domain.silences import LISTED_AFTER, Silence
from services.sla.models.clocks import ClockRow
from services.sla.models.complaints import IS_HIDDEN, IS_LISTED, ComplaintRow
from services.sla.models.directory import AgencyRow
from services.sla.models.steps import StepRow
from services.sla.models.tables import Moment
from services.sla.state import State
from shared.db.transaction import Tx
from shared.http.paging import cursor_of, identifier, moment, position_in
from shared.vocabulary import LIFE

POSITION = ComplaintRow.silent_since, ComplaintRow.id
AFTER = bindparam("after_since", type_=Moment), bindparam("after_id", type_=Uuid)
# The holder of an open complaint is the agency of its life clock; before its verification it is the verifier.
HOLDER = func.coalesce(VERIFIER, ClockRow.agency)
_open = (
    ComplaintRow.answered_at.is_(None),
    ComplaintRow.ended_at.is_(None),
    ComplaintRow.silent_since < bindparam("before", type_=Moment),
    # One that was split is silent in its parts.
    func.cardinality(ComplaintRow.splits) == 0,
)
COUNTS = select(IS_HIDDEN, func.count()).where(*_open).group_by(IS_HIDDEN)
_climbs = (
    select(func.max(StepRow.escalation).label("step"), func.max(StepRow.round).label("rounds"))
    .where(StepRow.complaint_id == ComplaintRow.id)
    .lateral()
)


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A row of the list as it is stored; `step` and `rounds` are None before the first climb."""

    silent_since: datetime
    id: UUID
    reference: str | None
    filed_at: datetime
    agency: str
    agency_name: str | None
    unverified: bool
    step: int | None
    rounds: int | None


@dataclass(frozen=True, slots=True)
class SilenceQuery:
    """What to list; `after` is a cursor."""

    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Silences:
    """A part of the list, and the cursor of the next part if there is one.

    `total` is the length of the whole list, `confidential` the number of complaints that are not in it.
    """

    items: Sequence[Silence]
    next: str | None
    total: int
    confidential: int


async def list_silences(tx: Tx[State], query: SilenceQuery) -> Silences:
    """One page of open complaints, longest without a word first. Raises BadCursor."""
    values: dict[str, Any] = {"before": tx.now - LISTED_AFTER}
    counts: dict[bool, int] = {hidden: number for hidden, number in await tx.execute(COUNTS, values)}
    if query.after:
        values["after_since"], values["after_id"] = position_in(query.after, moment, identifier)
    statement = CONTINUED if query.after else FIRST
    rows = await tx.records(SilenceRow, statement, {**values, "most": query.limit + 1})
    items = [_silence(tx, row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > len(items) else None
    following = cursor_of(last.silent_since, last.complaint_id) if last else None
    return Silences(items, following, total=counts.get(False, 0), confidential=counts.get(True, 0))


def _list() -> Select[Any]:
    return (
        select(
            *POSITION,
            ComplaintRow.reference,
            ComplaintRow.filed_at,
            HOLDER.label("agency"),
            AgencyRow.name.label("agency_name"),
        )
        .add_columns(VERIFIER.is_not(None).label("unverified"), _climbs.c.step, _climbs.c.rounds)
        .join(ClockRow, (ClockRow.complaint_id == ComplaintRow.id) & (ClockRow.name == LIFE) & (ClockRow.cycle == 1))
        .outerjoin(AgencyRow, AgencyRow.code == HOLDER)
        .outerjoin(_climbs, ComplaintRow.id.is_not(None))
        .where(*_open, IS_LISTED)
        .order_by(*POSITION)
        .limit(bindparam("most"))
    )


FIRST = _list()
CONTINUED = FIRST.where(tuple_(*POSITION) > tuple_(*AFTER))


def _silence(tx: Tx[State], row: SilenceRow) -> Silence:
    return Silence(
        complaint_id=row.id,
        reference=row.reference,
        agency=row.agency,
        agency_name=row.agency_name,
        filed_at=row.filed_at,
        silent_since=row.silent_since,
        unverified=row.unverified,
        days=(tx.now - row.silent_since).days,
        step=row.step or 0,
        rounds=row.rounds or 0,
    )
