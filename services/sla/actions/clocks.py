"""The clocks of complaints: locked for a change, and shown with the steps that they have taken."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from services.sla.domain.calendars import is_provisional
from services.sla.domain.clocks import Clock, status_of
from services.sla.models.clocks import ClockRow
from services.sla.models.complaints import ComplaintRow
from services.sla.models.steps import StepRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.vocabulary import LIFE, OMBUDSMAN, VERIFICATION

COLUMNS = [getattr(ClockRow, field.name) for field in fields(Clock)]
LOCK = (
    select(*COLUMNS)
    .where(ClockRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(ClockRow.complaint_id, ClockRow.name, ClockRow.cycle)
    .with_for_update()
)
OF_COMPLAINT = (
    select(*COLUMNS)
    .where(ClockRow.complaint_id == bindparam("id"))
    .order_by(ClockRow.started_at, ClockRow.name, ClockRow.cycle)
)
# Who verifies a complaint holds it until then, whichever agency is proposed for its handling.
_verification = aliased(ClockRow)
VERIFIER = (
    select(_verification.agency)
    .join(ComplaintRow, ComplaintRow.id == _verification.complaint_id)
    .where(_verification.complaint_id == ClockRow.complaint_id, _verification.name == VERIFICATION)
    .where(_verification.stopped_at.is_(None), ComplaintRow.transfers.is_(None))
    .where(ClockRow.name.in_((LIFE, OMBUDSMAN)))
    .limit(1)
    .correlate(ClockRow)
    .scalar_subquery()
)
VERIFIERS = select(ClockRow.complaint_id, VERIFIER.label("agency")).where(
    ClockRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))), ClockRow.name == LIFE
)
KNOWN = select(ComplaintRow.id).where(ComplaintRow.id == bindparam("id"), ~ComplaintRow.sensitive)


@dataclass(frozen=True, slots=True)
class FiredStep:
    """A step of the ladder that has been taken; `escalation` counts the climbs from 1, and is 0 for a reminder.

    `told` are the seats (`agency/role`) that a climb was said to.
    """

    step: int
    escalation: int
    agency: str
    fired_at: datetime
    round: int
    reached_at: datetime | None
    acknowledged_at: datetime | None
    told: Sequence[str]


STEP_FIELDS = tuple(field.name for field in fields(FiredStep))
STEPS = (
    select(StepRow.clock, StepRow.cycle, *(getattr(StepRow, name) for name in STEP_FIELDS))
    .where(StepRow.complaint_id == bindparam("id"))
    .order_by(StepRow.fired_at, StepRow.step)
)


@dataclass(frozen=True, slots=True)
class ClockHistory:
    """A clock, how it is shown now, whether a decree to come may move its limit, and its steps so far."""

    clock: Clock
    status: str
    provisional: bool
    steps: Sequence[FiredStep]


async def locked_clocks(tx: Tx[State], ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Clock]]:
    """All clocks of these complaints, locked in the order of their keys."""
    found: dict[UUID, list[Clock]] = defaultdict(list)
    for clock in await tx.records(Clock, LOCK, {"ids": ids}) if ids else ():
        found[clock.complaint_id].append(clock)
    return found


async def verifiers_of(tx: Tx[State], ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Who is to verify each of these complaints, if they are not verified yet."""
    rows = await tx.execute(VERIFIERS, {"ids": ids}) if ids else ()
    return {row.complaint_id: row.agency for row in rows if row.agency is not None}


async def move_clocks(tx: Tx[State], clocks: Sequence[Clock]) -> None:
    """Write the next step of each of these clocks, which are locked, and its pause."""
    names = "complaint_id", "name", "cycle", "next_step", "round", "next_at", "paused_at", "paused_until"
    rows = [{**{name: getattr(clock, name) for name in names}, "moved_at": tx.now} for clock in clocks]
    await tx.update(ClockRow, rows, key=names[:3])


async def clocks_of(tx: Tx[State], complaint_id: UUID) -> Sequence[ClockHistory]:
    """The clocks of a complaint, oldest first. Raises UnknownComplaint, also for a sensitive one."""
    if (await tx.execute(KNOWN, {"id": complaint_id})).one_or_none() is None:
        raise UnknownComplaint(field="id")
    clocks = await tx.records(Clock, OF_COMPLAINT, {"id": complaint_id})
    steps: dict[tuple[str, int], list[FiredStep]] = defaultdict(list)
    for row in await tx.execute(STEPS, {"id": complaint_id}):
        steps[row.clock, row.cycle].append(FiredStep(**{name: getattr(row, name) for name in STEP_FIELDS}))
    return [
        ClockHistory(
            clock, status_of(clock, tx.now), is_provisional(tx.state.rules, clock), steps[clock.name, clock.cycle]
        )
        for clock in clocks
    ]
