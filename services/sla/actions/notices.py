"""What became of the notices of a climb: a seat that cannot be reached counts as vacant, the next one up is told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, all_, any_, bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from services.sla.actions.announcements import recipients_of
from services.sla.actions.clocks import VERIFIER
from services.sla.actions.directory import ladder_of
from services.sla.actions.promises import reached
from services.sla.actions.seats import NotedSeats, note_seats, seat_of
from services.sla.domain.directory import Chain, Directory, Seat, seat_named
from services.sla.domain.ladder import Recipients, recipients_of_climb
from services.sla.domain.notices import ARRIVED, next_up, one_higher, reported_to, seated, without
from services.sla.models.clocks import ClockRow
from services.sla.models.steps import StepRow
from services.sla.models.withdrawals import WithdrawalRow
from services.sla.state import State
from shared.db.clock import require_agreement
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, Event, Notice, NoticesSettled, SeatFoundVacant
from shared.service import RunningService
from shared.telemetry import log
from shared.vocabulary import ClockName, EventType

KEY = "complaint_id", "clock", "cycle", "step"
STATE = "reached_at", "acknowledged_at", "check_at", "told", "passed_over"
# A climb is complete once the next step has been taken.
LATER = aliased(StepRow)
_is_over = exists().where(
    *(getattr(LATER, name) == getattr(StepRow, name) for name in KEY[:3]),
    LATER.step > StepRow.step,
    LATER.fired_at >= StepRow.fired_at,
)
# A withdrawal names the round that it takes back by the moment at which it was taken.
_is_withdrawn = exists().where(
    *(getattr(WithdrawalRow, name) == getattr(StepRow, name) for name in (*KEY, "fired_at")),
)
_climb = (
    select(
        *(getattr(StepRow, name) for name in (*KEY, "escalation", "round", *STATE)),
        _is_over.label("is_over"),
        _is_withdrawn.label("is_withdrawn"),
        ClockRow.agency,
        VERIFIER.label("verifier"),
        ClockRow.due_at,
        ClockRow.stopped_at,
    )
    .select_from(ClockRow)
    .join(StepRow, (ClockRow.complaint_id == StepRow.complaint_id) & (ClockRow.name == StepRow.clock))
    .where(ClockRow.cycle == StepRow.cycle)
)
# Each clock is locked before its step, as by the sweep: PostgreSQL locks in the order of the tables.
CLIMBS = (
    _climb.where(StepRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))), StepRow.escalation > 0)
    .order_by(*(getattr(StepRow, name) for name in KEY))
    .with_for_update()
)
# What a parked notice tells of is not known, however far notify is: such a climb waits too, within the grace.
IS_TOLD = or_(
    StepRow.complaint_id != all_(bindparam("parked", type_=ARRAY(Uuid))),
    StepRow.check_at <= bindparam("waited"),
)
ANY_UNREACHED = select(exists().where(StepRow.check_at <= bindparam("now")))
UNREACHED = (
    _climb.where(StepRow.check_at <= bindparam("now"), IS_TOLD)
    .order_by(StepRow.check_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
# Complaint, clock, cycle, number of the climb and its round.
ClimbKey = tuple[UUID, str | None, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """A climb that was announced, with the clock that takes it; its agency is the one that has the clock now.

    Of a whole complaint that is not verified yet, its `verifier` is the holder.
    It `is_over` once the clock has taken a later step, and `is_withdrawn` once it was taken back.
    """

    complaint_id: UUID
    clock: ClockName
    cycle: int
    step: int
    escalation: int
    round: int
    reached_at: datetime | None
    acknowledged_at: datetime | None
    check_at: datetime | None
    told: list[str]
    passed_over: list[str]
    is_over: bool
    is_withdrawn: bool
    agency: str
    verifier: str | None
    due_at: datetime
    stopped_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether somebody must still be reached by this climb: its clock runs, and it stands as the last step."""
        return self.stopped_at is None and not self.is_over and not self.is_withdrawn

    @property
    def holder(self) -> str:
        return self.verifier or self.agency

    @property
    def key(self) -> ClimbKey:
        return self.complaint_id, self.clock, self.cycle, self.escalation, self.round


async def note_notices(tx: Tx[State], events: Sequence[Event[NoticesSettled]]) -> None:
    """Record who was reached and who knows; pass over the seats that were not reached."""
    seats = [event for event in events if event.fact.role is not None]
    noted = await note_seats(tx, seats)
    climbs, directory = await _climbs(tx, seats), (await ladder_of(tx)).directory
    changed: dict[Climb, dict[str, Any]] = {}
    for event in seats:
        seat = seat_of(event)
        mine = [climbs[key] for notice in event.fact.notices if (key := _key(notice)) in climbs]
        if event.fact.outcome not in ARRIVED:
            mine = [climb for climb in mine if _is_news(climb, event, noted)]
            _pass_over(tx, directory, seat, mine)
            if seat in noted.lost and event.fact.notices:
                _report_vacancy(tx, directory, seat, event.fact.notices[0])
        for climb in mine:
            changed.setdefault(climb, _row(climb)).update(_after(climb, event))
    await tx.update(StepRow, list(changed.values()), key=KEY)


def _is_news(climb: Climb, event: Event[NoticesSettled], noted: NotedSeats) -> bool:
    """Whether a failure tells anything new of this climb: its seat is not passed over, nor was it reached since."""
    was_reached = climb.reached_at is not None and event.time < climb.reached_at
    return seat_of(event).name not in climb.passed_over and not (was_reached and noted.is_overtaken(event))


async def pass_over_once(service: RunningService[State]) -> int:
    """Tell the next climb's seats of climbs that have reached nobody within a working day; how many climbs it was.

    It does not run ahead of what notify is known to have said. Raises ClockAstray while the machine's clock is far from
    the database's.
    """
    async with service.begin() as tx:
        if not (await tx.execute(ANY_UNREACHED, {"now": tx.now})).scalar_one():
            return 0
        await require_agreement(tx)
        known = await reached(tx)
        climbs = await tx.records(Climb, UNREACHED, {**known.values, "most": service.state.settings.sweep_batch})
        if climbs:
            await _go_higher(tx, [climb for climb in climbs if climb.reached_at is None])
            checked = {"check_at": None, "checked_at": tx.now}
            await tx.update(StepRow, [{**_row(climb), **checked} for climb in climbs], key=KEY)
    if (swept_at := service.state.swept_at) is not None:
        # Should this moment turn out to lie ahead, the next sweep undoes it.
        service.state.swept_at = max(swept_at, tx.now)
    return len(climbs)


async def _go_higher(tx: Tx[State], climbs: Iterable[Climb]) -> None:
    directory = (await ladder_of(tx)).directory

    def tell(climb: Climb) -> None:
        chain = _chain_of(directory, climb)
        told = _told(climb, directory)
        waiting = tuple(seat for seat in told if seat.name not in climb.passed_over)
        _escalate(tx, climb, one_higher(chain, climb.escalation, told), waiting)
        # Should their mails fail after all, whoever comes next has been told.
        climb.passed_over.extend(seat.name for seat in waiting)

    _each(climbs, tell)


async def _climbs(tx: Tx[State], events: Sequence[Event[NoticesSettled]]) -> Mapping[ClimbKey, Climb]:
    """The climbs that these notices may be of, by their keys, locked."""
    notices = (notice for event in events for notice in event.fact.notices)
    ids = {notice.complaint_id for notice in notices if notice.cause == EventType.COMPLAINT_ESCALATED}
    found = await tx.records(Climb, CLIMBS, {"ids": sorted(ids)}) if ids else []
    return {climb.key: climb for climb in found}


def _key(notice: Notice) -> ClimbKey:
    return notice.complaint_id, notice.clock, notice.cycle, notice.step, notice.round


def _pass_over(tx: Tx[State], directory: Directory, failed: Seat, climbs: Iterable[Climb]) -> None:
    """Tell who comes next."""

    def tell(climb: Climb) -> None:
        chain = _chain_of(directory, climb)
        _escalate(tx, climb, next_up(chain, climb.escalation, failed, _told(climb, directory, failed)), (failed,))

    _each(climbs, tell)


def _each(climbs: Iterable[Climb], tell: Callable[[Climb], None]) -> None:
    """Tell somebody of each climb that waits; one bad row stops no other, and its clock takes its next step."""
    for climb in climbs:
        if not climb.waits:
            continue
        try:
            tell(climb)
        except Exception as error:
            log.error("climb cannot be passed on", complaint=climb.complaint_id, clock=climb.clock, error=repr(error))


def _chain_of(directory: Directory, climb: Climb) -> Chain:
    """The chain of its agency without the seats that this climb has passed over."""
    return without(directory.chain_of(climb.holder), list(map(seat_named, climb.passed_over)))


def _told(climb: Climb, directory: Directory, *failed: Seat) -> Sequence[Seat]:
    """Whom the climb was said to; a seat that was filled since, or another holder's, is not among them."""
    if not climb.told:  # A climb of a release before, or of a time that had not come, says nothing of it.
        climb.told.extend(seat.name for seat in _presumed(climb, directory, failed))
    return list(map(seat_named, climb.told))


def _presumed(climb: Climb, directory: Directory, failed: Sequence[Seat]) -> Sequence[Seat]:
    """Whom the climb must have been said to, by the directory of now: those whose mail failed were there then."""
    chain = directory.chain_of(climb.holder)
    for seat in (*map(seat_named, climb.passed_over), *failed):
        chain = seated(chain, seat, is_filled=True)
    return tuple(dict.fromkeys((*recipients_of_climb(chain, climb.escalation).reached, *failed)))


def _report_vacancy(tx: Tx[State], directory: Directory, failed: Seat, notice: Notice) -> None:
    tx.stage(
        SeatFoundVacant(
            complaint_id=notice.complaint_id,
            agency=failed.agency,
            role=failed.role,
            step=notice.step,
            reported_to=recipients_of(reported_to(directory.chain_of(failed.agency), failed)),
        )
    )


def _escalate(tx: Tx[State], climb: Climb, recipients: Recipients, instead_of: tuple[Seat, ...]) -> None:
    if not recipients.reached:
        return
    climb.told.extend(seat.name for seat in recipients.reached)
    tx.stage(
        ComplaintEscalated(
            complaint_id=climb.complaint_id,
            clock=climb.clock,
            cycle=climb.cycle,
            step=climb.escalation,
            agency=climb.holder,
            due_at=climb.due_at,
            recipients=recipients_of(recipients.reached),
            vacant=recipients_of(recipients.vacant),
            round=climb.round,
            instead_of=recipients_of(instead_of),
            unverified=climb.verifier is not None,
        )
    )


def _after(climb: Climb, event: Event[NoticesSettled]) -> dict[str, Any]:
    if event.fact.outcome not in ARRIVED:
        climb.passed_over.append(seat_of(event).name)
        return {"told": climb.told, "passed_over": climb.passed_over}
    known = climb.acknowledged_at or (event.time if event.fact.outcome == "acknowledged" else None)
    return {"reached_at": climb.reached_at or event.time, "acknowledged_at": known, "check_at": None}


def _row(climb: Climb) -> dict[str, Any]:
    return {name: getattr(climb, name) for name in (*KEY, *STATE)}
