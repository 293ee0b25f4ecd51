"""The sweep: takes the clocks that are due, oldest first, one step each, and says who must hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.sla import models
from services.sla.actions.clocks import calendar_of
from services.sla.actions.directory import Directory, Told, directory_of
from services.sla.domain.ladder import ROOT
from services.sla.domain.policies import POLICIES
from services.sla.domain.steps import NEAR, OFFER, Step, moment_of, steps_of
from services.sla.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear, Fact, OmbudsmanOffered, SeatFoundVacant
from shared.service import RunningService
from shared.telemetry import log

DUE = """
SELECT CAST(complaint_id AS text) AS complaint_id, name, cycle, agency, zone, started_at, limit_days, unit,
       policy_version, due_at, next_step
FROM clocks WHERE next_at <= :now ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED
"""
ADVANCE = """
UPDATE clocks AS clock SET next_step = new.next_step, next_at = new.next_at
FROM unnest(CAST(:complaint_id AS uuid[]), CAST(:name AS text[]), CAST(:cycle AS smallint[]),
            CAST(:next_step AS smallint[]), CAST(:next_at AS timestamptz[]))
    AS new (complaint_id, name, cycle, next_step, next_at)
WHERE (clock.complaint_id, clock.name, clock.cycle) = (new.complaint_id, new.name, new.cycle)
"""
KEY = (models.Fired.complaint_id, models.Fired.clock, models.Fired.cycle, models.Fired.step)
KNOWN_ZONES = frozenset({*ZONES, *ZONES.values()})


@dataclass(frozen=True, slots=True)
class Taken:
    """A due clock with the step it takes, what is said of it, and when it is due again."""

    clock: Any
    escalation: int
    facts: Sequence[Fact]
    next_at: datetime | None


async def sweep_once(service: RunningService[State]) -> int:
    """Take one step of each clock that is due, at most a batch; how many clocks it was."""
    async with service.begin() as tx:
        due = (await tx.execute(DUE, {"now": tx.now, "most": service.state.settings.sweep_batch})).all()
        if not due:
            return 0
        directory = await directory_of(tx)
        taken = [_take(clock, directory, service.state.settings.calendar_exceptions) for clock in due]
        new = await _fire(tx, taken)
        await _advance(tx, taken)
        for one in taken:
            if (one.clock.complaint_id, one.clock.name, one.clock.cycle, one.clock.next_step) in new:
                tx.stage(*one.facts)
    return len(due)


async def _fire(tx: Tx[State], taken: Sequence[Taken]) -> set[tuple[Any, ...]]:
    """Note the steps as fired; gives those that had not been."""
    rows = [
        {
            "complaint_id": one.clock.complaint_id,
            "clock": one.clock.name,
            "cycle": one.clock.cycle,
            "step": one.clock.next_step,
            "escalation": one.escalation,
            "agency": one.clock.agency,
            "fired_at": tx.now,
        }
        for one in taken
    ]
    fired = await tx.insert(models.tables.tables["fired"], rows, skip_known=True, returning=KEY)
    return {(str(id), clock, cycle, step) for id, clock, cycle, step in fired}


async def _advance(tx: Tx[State], taken: Sequence[Taken]) -> None:
    values = {
        "complaint_id": [one.clock.complaint_id for one in taken],
        "name": [one.clock.name for one in taken],
        "cycle": [one.clock.cycle for one in taken],
        "next_step": [one.clock.next_step + 1 for one in taken],
        "next_at": [one.next_at for one in taken],
    }
    await tx.execute(ADVANCE, values)


def _take(clock: Any, directory: Directory, exceptions: Path | None) -> Taken:
    try:
        ladder = steps_of(clock.policy_version, clock.name, clock.limit_days)
        step = ladder[clock.next_step - 1]
        next_at = None
        if step.number < len(ladder):
            calendar = calendar_of(clock.zone, exceptions)
            next_at = moment_of(clock.unit, calendar, clock.started_at, ladder[step.number].days)
        return Taken(clock, step.escalation, _facts(clock, step, _told(clock, step, directory)), next_at)
    except Exception as error:
        return _give_up(clock, directory, error)


def _told(clock: Any, step: Step, directory: Directory) -> Told:
    """Whom a step reaches; the root instead, if the clock's agency or zone is unknown."""
    sound = clock.zone in KNOWN_ZONES and clock.agency in directory.agencies
    return directory.told(clock.agency if sound else ROOT, clock.name, step)


def _give_up(clock: Any, directory: Directory, error: Exception) -> Taken:
    """A clock that cannot be counted goes to the root at once and for the last time, so that it stops nobody else's."""
    log.error("clock cannot be counted", complaint=clock.complaint_id, clock=clock.name, error=repr(error))
    last = steps_of(POLICIES[-1].version, "resolution", clock.limit_days)[-1]
    return Taken(clock, last.escalation, _climb(clock, last, directory.told(ROOT, clock.name, last)), None)


def _facts(clock: Any, step: Step, told: Told) -> Sequence[Fact]:
    if step.kind == OFFER:
        return (OmbudsmanOffered(complaint_id=clock.complaint_id, filed_at=clock.started_at, agency=clock.agency),)
    return _near(clock, step, told) if step.kind == NEAR else _climb(clock, step, told)


def _near(clock: Any, step: Step, told: Told) -> Sequence[Fact]:
    near = DeadlineNear(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        percent=step.percent,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=told.recipients,
    )
    return near, *_vacancies(clock, step, told)


def _climb(clock: Any, step: Step, told: Told) -> Sequence[Fact]:
    escalated = ComplaintEscalated(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        step=step.escalation,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=told.recipients,
        vacant=told.vacant,
    )
    climbed = escalated, *_vacancies(clock, step, told)
    return (_missed(clock), *climbed) if step.escalation == 1 else climbed


def _missed(clock: Any) -> Fact:
    return DeadlineMissed(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        agency=clock.agency,
        due_at=clock.due_at,
    )


def _vacancies(clock: Any, step: Step, told: Told) -> Sequence[Fact]:
    """Each vacant seat, reported to whoever was reached in its place; a reminder's step is 0."""
    return [
        SeatFoundVacant(
            complaint_id=clock.complaint_id,
            agency=seat.agency,
            role=seat.role,
            step=step.escalation,
            reported_to=told.recipients,
        )
        for seat in told.vacant
    ]
