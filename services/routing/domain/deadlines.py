"""A case after its limits: a limit has passed, the case has climbed, the Ombudsman was offered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from services.routing.domain.cases import Case
from shared.lifecycle.clocks import RUNNING_IN
from shared.vocabulary import (
    ACTED,
    APPEAL,
    CONTACT,
    FOLLOW_UP,
    IN_PROGRESS,
    OMBUDSMAN,
    OVER,
    RESOLUTION,
    VERIFICATION,
    WINDOW,
    ClockName,
    WithdrawalReason,
)

# The cycle in which each limit runs now: each clock counts something else.
_CYCLES: Mapping[str, Callable[[Case], int]] = {
    VERIFICATION: lambda case: case.verifications,
    FOLLOW_UP: lambda case: case.transfers + 1,
    RESOLUTION: lambda case: case.cycle,
    WINDOW: lambda case: case.windows,
    CONTACT: lambda case: case.windows,
    APPEAL: lambda case: case.appeals,
}


def after_missed_limit(case: Case, clock: ClockName, cycle: int) -> Case:
    """The case after a limit has passed; a clock that was stopped meanwhile changes nothing.

    `cycle` counts the clocks of one name: each transfer begins a new cycle of the follow-up clock.
    """
    if clock == FOLLOW_UP and case.handling == IN_PROGRESS and cycle == _CYCLES[clock](case):
        return replace(case, was_late=True)  # The follow-up came after its limit, and was heard before it.
    if case.handling not in RUNNING_IN.get(clock, ()) or cycle < _CYCLES[clock](case):
        return case
    return replace(case, resolution_missed=True) if clock == RESOLUTION else replace(case, step_missed=True)


def after_escalation(case: Case, step: int, at: datetime) -> Case:
    """The case with the highest step of the ladder that it has reached.

    A withdrawal says which step stands; an escalation of before, which was parked meanwhile, adds nothing to it.
    """
    if case.withdrawn_at and at < case.withdrawn_at:
        return case
    climbs = {**case.climbs, str(step): max(at, _moment(case.climbs, str(step)) or at).isoformat()}
    return replace(case, ladder_step=max(case.ladder_step, step), climbs=climbs)


def after_offer(case: Case) -> Case:
    """The case whose reporter may hand it to the Ombudsman."""
    return replace(case, ombudsman_offered=True)


def after_withdrawal(case: Case, clock: ClockName, reason: WithdrawalReason, standing: int, at: datetime) -> Case:
    """The case without steps that are taken back: `standing` is the highest that it keeps, by the last withdrawal.

    Steps taken after it, which came here before it, stand too. The act itself, which is known here first, has already
    ended what was overdue.
    """
    case = replace(case, was_late=case.was_late and clock != FOLLOW_UP)
    offered = case.ombudsman_offered and not (clock == OMBUDSMAN and reason in (ACTED, OVER))
    if case.withdrawn_at and at < case.withdrawn_at:
        return replace(case, ombudsman_offered=offered)
    climbs = {step: moment for step, moment in case.climbs.items() if datetime.fromisoformat(moment) > at}
    step = max(standing, *map(int, climbs), 0)
    return replace(case, ladder_step=step, climbs=climbs, withdrawn_at=at, ombudsman_offered=offered)


def _moment(climbs: Mapping[str, str], step: str) -> datetime | None:
    return datetime.fromisoformat(climbs[step]) if step in climbs else None
