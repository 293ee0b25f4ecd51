"""The sweep: takes the clocks that are due, oldest first, one step each, and announces each step to its recipients."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

from sqlalchemy import bindparam, select

from services.sla.actions.clocks import COLUMNS, clock_of
from services.sla.actions.directory import ladder_of
from services.sla.actions.promises import IS_HEARD, heard
from services.sla.domain.announcements import Announcement, TakenStep, give_up, take_step
from services.sla.domain.clocks import Clock, Key
from services.sla.domain.directory import Seat
from services.sla.domain.ladder import Ladder
from services.sla.domain.rules import Rules
from services.sla.models.clocks import ClockRow
from services.sla.models.steps import StepRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import (
    ComplaintEscalated,
    DeadlineMissed,
    DeadlineNear,
    Fact,
    OmbudsmanOffered,
    Recipient,
    SeatFoundVacant,
)
from shared.service import RunningService
from shared.telemetry import log
from shared.vocabulary import EventType

# A clock that another replica holds is passed by instead of waited for.
DUE = (
    select(*COLUMNS)
    .where(ClockRow.next_at <= bindparam("now"), IS_HEARD)
    .order_by(ClockRow.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


async def sweep_once(service: RunningService[State]) -> int:
    """Take one step of each clock that is due, at most a batch; how many clocks it was."""
    async with service.begin() as tx:
        known = await heard(tx)
        rows = await tx.execute(DUE, {**known.values, "most": service.state.settings.sweep_batch})
        due = [clock_of(row) for row in rows]
        if not due:
            return 0
        ladder = await ladder_of(tx)
        taken = [_take(tx.state.rules, ladder, clock) for clock in due]
        new = await _record(tx, taken)
        await _advance(tx, taken)
        for one in taken:
            if (one.clock.key, one.clock.next_step) in new:
                tx.stage(*known.marked(one.clock, map(_fact, one.announcements)))
    return len(due)


def _take(rules: Rules, ladder: Ladder, clock: Clock) -> TakenStep:
    try:
        return take_step(rules, ladder, clock)
    except Exception as error:
        log.error("clock cannot be counted", complaint=clock.complaint_id, clock=clock.name, error=repr(error))
        return give_up(rules, ladder, clock)


async def _record(tx: Tx[State], taken: Sequence[TakenStep]) -> set[tuple[Key, int]]:
    """Record the steps as taken; gives the key and step of those that had not been."""
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
    key = StepRow.complaint_id, StepRow.clock, StepRow.cycle, StepRow.step
    found = await tx.insert(StepRow, rows, skip_known=True, returning=key)
    return {((complaint_id, clock, cycle), step) for complaint_id, clock, cycle, step in found}


async def _advance(tx: Tx[State], taken: Sequence[TakenStep]) -> None:
    rows = [
        {
            "complaint_id": one.clock.complaint_id,
            "name": one.clock.name,
            "cycle": one.clock.cycle,
            "next_step": one.clock.next_step + 1,
            "next_at": one.next_at,
        }
        for one in taken
    ]
    await tx.update(ClockRow, rows, key=("complaint_id", "name", "cycle"))


def _fact(announcement: Announcement) -> Fact:
    return FACTS[announcement.event](announcement)


def _near(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return DeadlineNear(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        percent=announcement.step.percent,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=_recipients(announcement.recipients.reached),
    )


def _missed(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return DeadlineMissed(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        agency=clock.agency,
        due_at=clock.due_at,
    )


def _escalated(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return ComplaintEscalated(
        complaint_id=clock.complaint_id,
        clock=clock.name,
        cycle=clock.cycle,
        step=announcement.step.escalation,
        agency=clock.agency,
        due_at=clock.due_at,
        recipients=_recipients(announcement.recipients.reached),
        vacant=_recipients(announcement.recipients.vacant),
    )


def _offered(announcement: Announcement) -> Fact:
    clock = announcement.clock
    return OmbudsmanOffered(complaint_id=clock.complaint_id, filed_at=clock.started_at, agency=clock.agency)


def _found_vacant(announcement: Announcement) -> Fact:
    seat = cast(Seat, announcement.vacant_seat)
    return SeatFoundVacant(
        complaint_id=announcement.clock.complaint_id,
        agency=seat.agency,
        role=seat.role,
        step=announcement.step.escalation,
        reported_to=_recipients(announcement.recipients.reached),
    )


FACTS: Mapping[EventType, Callable[[Announcement], Fact]] = {
    EventType.DEADLINE_NEAR: _near,
    EventType.DEADLINE_MISSED: _missed,
    EventType.COMPLAINT_ESCALATED: _escalated,
    EventType.OMBUDSMAN_OFFERED: _offered,
    EventType.SEAT_FOUND_VACANT: _found_vacant,
}


@lru_cache(maxsize=65_536)
def _recipients(seats: tuple[Seat, ...]) -> tuple[Recipient, ...]:
    """These seats in the words of the contract, made once for all the clocks of an agency."""
    return tuple(Recipient(agency=seat.agency, role=seat.role) for seat in seats)
