"""The limits of a complaint for its page: found by its tracking reference, with the names of all who were told."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.clocks import ClockHistory, FiredStep, clocks_of
from services.sla.domain.clocks import OVERDUE
from services.sla.domain.limits import (
    OF_REPORTER,
    REPORTER,
    Limit,
    Limits,
    LimitStep,
    seat_name,
    status_name,
    step_name,
    zone_in_words,
)
from services.sla.models.complaints import ComplaintRow
from services.sla.models.directory import AgencyRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.errors import UnknownComplaint
from shared.vocabulary import CLOCK_NAMES, LIFE

Names = Mapping[str, str]
BY_REFERENCE = select(ComplaintRow.id).where(ComplaintRow.reference == bindparam("reference"), ~ComplaintRow.sensitive)
NAMES = select(AgencyRow.code, AgencyRow.name).where(AgencyRow.code == any_(bindparam("codes", type_=ARRAY(Text))))


async def limits_of(tx: Tx[State], typed: str) -> Limits:
    """The limits of a complaint; of a confidential one, too, as its timeline is public.

    Raises UnknownComplaint, also for a sensitive one, whose timeline is not.
    """
    reference = typed.upper()
    id: UUID | None = (await tx.execute(BY_REFERENCE, {"reference": reference})).scalar()
    if id is None:
        raise UnknownComplaint(field="reference")
    found = [one for one in await clocks_of(tx, id) if one.clock.name != LIFE or any(map(_is_climb, one.steps))]
    names = await _names(tx, found)
    return Limits(reference, [_limit(one, names) for one in found])


def _is_climb(step: FiredStep) -> bool:
    return step.escalation > 0


async def _names(tx: Tx[State], found: Sequence[ClockHistory]) -> Names:
    codes = {one.clock.agency for one in found}
    codes |= {seat.partition("/")[0] for one in found for step in one.steps for seat in step.told}
    rows = await tx.execute(NAMES, {"codes": sorted(codes)})
    return {row.code: row.name for row in rows}


def _limit(found: ClockHistory, names: Names) -> Limit:
    clock = found.clock
    return Limit(
        name=CLOCK_NAMES.get(clock.name, clock.name),
        agency=REPORTER if clock.name in OF_REPORTER else names.get(clock.agency, clock.agency),
        due_at=clock.due_at,
        zone=zone_in_words(clock.zone),
        status=status_name(clock.name, found.status),
        runs=clock.stopped_at is None,
        is_overdue=found.status == OVERDUE,
        provisional=found.provisional,
        extended_days=clock.extended_days,
        steps=[_step(clock.name, step, names) for step in found.steps],
    )


def _step(clock: str, step: FiredStep, names: Names) -> LimitStep:
    told = [seat_name(seat, names) for seat in step.told]
    name = step_name(clock, step.step, step.escalation)
    return LimitStep(step.fired_at, name, told, step.round, step.reached_at, step.acknowledged_at)
