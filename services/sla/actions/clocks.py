"""Clocks: started, moved to another agency, stopped; and those of one complaint for whoever asks."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.sla import models
from services.sla.domain.policies import BY_VERSION, limit_of, policy_on
from services.sla.domain.steps import moment_of, outcome_of, state_of, steps_of
from services.sla.settings import Settings
from services.sla.state import State
from shared.calendar import FIRST, LAST, ZONES, Calendar, calendar_for
from shared.db.transaction import Tx
from shared.errors import BadSettings, NotFound
from shared.events import AgencyRef
from shared.service import RunningService
from shared.telemetry import log

CAPITAL = "WIB"
COLUMNS = (
    "complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at, next_step, next_at,"
    " stopped_at, outcome, worked_days"
)
LOCK = f"""
SELECT {COLUMNS} FROM clocks WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
ORDER BY complaint_id, name, cycle FOR UPDATE
"""
SAVED = {
    "complaint_id": "uuid", "name": "text", "cycle": "smallint", "agency": "text", "zone": "text",
    "started_at": "timestamptz", "limit_days": "smallint", "unit": "text", "policy_version": "smallint",
    "due_at": "timestamptz", "next_at": "timestamptz", "stopped_at": "timestamptz", "outcome": "text",
    "worked_days": "float",
}  # fmt: skip
SAVE = f"""
UPDATE clocks AS clock SET {", ".join(f"{name} = new.{name}" for name in list(SAVED)[3:])}
FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in SAVED.items())}) AS new ({", ".join(SAVED)})
WHERE (clock.complaint_id, clock.name, clock.cycle) = (new.complaint_id, new.name, new.cycle)
"""
OF_COMPLAINT = f"SELECT {COLUMNS} FROM clocks WHERE complaint_id = :id ORDER BY started_at, name, cycle"
FIRED = """
SELECT clock, cycle, step, escalation, agency, fired_at FROM fired WHERE complaint_id = :id ORDER BY fired_at, step
"""
KNOWN = "SELECT holder FROM complaints WHERE id = :id"

# The acts of a complaint that stop each clock; an act that has already happened stops a clock that starts late.
STOPS: Mapping[str, Callable[[Any], Sequence[datetime | None]]] = {
    "verification": lambda complaint: (complaint.verified_at,),
    "follow_up": lambda complaint: (*complaint.follow_ups, complaint.answered_at),
    "resolution": lambda complaint: (complaint.answered_at,),
    "ombudsman": lambda complaint: (complaint.answered_at,),
}


class UnknownComplaint(NotFound):
    """No complaint with this id is known."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One row of the table, in its columns' order."""

    complaint_id: UUID
    name: str
    cycle: int
    agency: str
    zone: str
    started_at: datetime
    limit_days: int
    unit: str
    policy_version: int
    due_at: datetime
    next_step: int
    next_at: datetime | None
    stopped_at: datetime | None = None
    outcome: str | None = None
    worked_days: float | None = None


def calendar_of(zone: str, exceptions: Path | None) -> Calendar:
    """The calendar of a zone; a zone that nobody knows keeps the capital's days rather than none."""
    try:
        return calendar_for(zone, exceptions)
    except ValueError:
        log.warning("unknown zone", zone=zone)
        return calendar_for(CAPITAL, exceptions)


async def prepare(service: RunningService[State]) -> State:
    """Build the three zones' calendars before the first clock needs one.

    Raises BadSettings for exceptions that cannot be read, and where the present moment has no working days.
    """
    settings = service.settings.section(Settings)
    try:
        for zone in ZONES:
            calendar_for(zone, settings.calendar_exceptions)
    except (ValueError, OSError) as error:
        raise BadSettings(f"TANGGAP_CALENDAR_EXCEPTIONS is refused: {error}") from error
    if not FIRST <= (today := service.now().date()) <= LAST:
        raise BadSettings(f"TANGGAP_CLOCK_START is refused: {today} is outside the calendar from {FIRST} to {LAST}")
    return State(settings)


def _class_of(complaint: Any) -> str:
    """What its coordinator said it is; before that, what its reporter said."""
    return complaint.classification or complaint.kind  # type: ignore[no-any-return]


def started(tx: Tx[State], complaint: Any, name: str, agency: AgencyRef, since: datetime, cycle: int = 1) -> Clock:
    """A clock that runs since this moment under the policy of that day."""
    policy = policy_on(since.date())
    limit = limit_of(policy, name, _class_of(complaint))
    calendar = calendar_of(agency.zone, tx.state.settings.calendar_exceptions)
    due_at = moment_of(limit.unit, calendar, since, limit.days)
    first = steps_of(policy.version, name, limit.days)[0]
    clock = Clock(
        complaint_id=UUID(int=complaint.id.int),  # asyncpg has a class of its own, which JSON does not take
        name=name,
        cycle=cycle,
        agency=agency.code,
        zone=agency.zone,
        started_at=since,
        limit_days=limit.days,
        unit=limit.unit,
        policy_version=policy.version,
        due_at=due_at,
        next_step=first.number,
        next_at=moment_of(limit.unit, calendar, since, first.days),
    )
    acts = [act for act in STOPS[name](complaint) if act and _comes_after(act, since, cycle)]
    return stopped(tx, clock, min(acts)) if acts else clock


def _comes_after(act: datetime, since: datetime, cycle: int) -> bool:
    """An act of the very moment at which a complaint was passed on was its last holder's; the first had none before."""
    return act > since or cycle == 1


def stopped(tx: Tx[State], clock: Clock, at: datetime, outcome: str | None = None) -> Clock:
    """The clock as it stands still, with the working days that it ran."""
    calendar = calendar_of(clock.zone, tx.state.settings.calendar_exceptions)
    worked = calendar.working_days_between(clock.started_at, at)
    return replace(
        clock,
        next_at=None,
        stopped_at=at,
        outcome=outcome or outcome_of(clock.due_at, at),
        worked_days=max(0.0, worked),
    )


def moved(tx: Tx[State], clock: Clock, agency: str, zone: str) -> Clock:
    """The same clock in the hands of another agency, by that agency's calendar."""
    return _counted_anew(tx, replace(clock, agency=agency, zone=zone))


def classed(tx: Tx[State], complaint: Any, clock: Clock) -> Clock:
    """The same clock under the limit of its complaint's class, by the policy it began with."""
    limit = limit_of(BY_VERSION[clock.policy_version], clock.name, _class_of(complaint))
    return _counted_anew(tx, replace(clock, limit_days=limit.days, unit=limit.unit))


def restarted(tx: Tx[State], complaint: Any, clock: Clock, since: datetime) -> Clock:
    """The same clock as having run since an earlier moment, under that day's policy; what has fired remains fired."""
    version = policy_on(since.date()).version
    return classed(tx, complaint, replace(clock, started_at=since, policy_version=version))


def _counted_anew(tx: Tx[State], clock: Clock) -> Clock:
    calendar = calendar_of(clock.zone, tx.state.settings.calendar_exceptions)
    due_at = moment_of(clock.unit, calendar, clock.started_at, clock.limit_days)
    next_at = clock.next_at
    if next_at is not None:
        step = steps_of(clock.policy_version, clock.name, clock.limit_days)[clock.next_step - 1]
        next_at = moment_of(clock.unit, calendar, clock.started_at, step.days)
    clock = replace(clock, due_at=due_at, next_at=next_at)
    return stopped(tx, clock, clock.stopped_at) if clock.stopped_at else clock


async def start(tx: Tx[State], clocks: Sequence[Clock]) -> None:
    await tx.insert(models.tables.tables["clocks"], [asdict(clock) for clock in clocks], skip_known=True)


async def save(tx: Tx[State], clocks: Sequence[Clock]) -> None:
    if clocks:
        await tx.execute(SAVE, {name: [getattr(clock, name) for clock in clocks] for name in SAVED})


async def locked(tx: Tx[State], ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Clock]]:
    """All clocks of these complaints, locked in the order of their keys."""
    found: dict[UUID, list[Clock]] = defaultdict(list)
    for row in await tx.execute(LOCK, {"ids": ids}):
        found[row.complaint_id].append(Clock(*tuple(row)))
    return found


async def clocks_of(tx: Tx[State], complaint_id: UUID) -> list[dict[str, Any]]:
    """The clocks of a complaint, oldest first, each with its state and the steps it has fired."""
    clocks = [Clock(*tuple(row)) for row in await tx.execute(OF_COMPLAINT, {"id": complaint_id})]
    if not clocks and (await tx.execute(KNOWN, {"id": complaint_id})).one_or_none() is None:
        raise UnknownComplaint(field="id")
    fired = defaultdict(list)
    for row in await tx.execute(FIRED, {"id": complaint_id}):
        fired[row.clock, row.cycle].append(row._asdict())
    return [
        {
            **asdict(clock),
            "state": state_of(clock.due_at, clock.outcome, tx.now),
            "steps": fired[clock.name, clock.cycle],
        }
        for clock in clocks
    ]
