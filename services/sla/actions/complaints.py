"""Events of a complaint start, move and stop its clocks: each wave of events with a handful of statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.actions.announcements import limit_set
from services.sla.actions.clocks import locked_clocks
from services.sla.actions.policies import current_rules
from services.sla.actions.withdrawals import withdraw_overtaken
from services.sla.domain import complaints, corrections, lifecycle
from services.sla.domain.clocks import Clock, settled
from services.sla.domain.complaints import LISTS, Complaint
from services.sla.domain.extensions import end_of, interim_replied
from services.sla.domain.lifecycle import AgencyOf, Changes, Clocks
from services.sla.domain.settlements import settle
from services.sla.domain.withdrawals import ChangedClock, changed_clocks
from services.sla.models.clocks import ClockRow
from services.sla.models.complaints import ComplaintRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import (
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintCompleted,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintReassigned,
    ComplaintResumed,
    ComplaintRouted,
    ComplaintVerified,
    ComplaintWithdrawn,
    Event,
    FollowUpRecorded,
    InterimReplied,
)
from shared.vocabulary import WINDOW

COLUMNS = [getattr(ComplaintRow, field.name) for field in fields(Complaint)]
LOCK = (
    select(*COLUMNS)
    .where(ComplaintRow.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(ComplaintRow.id)
    .with_for_update()
)
Known = Mapping[UUID, Complaint]
# What follows from the moments of acts, kept beside them for the lists and figures.
DERIVED = "answered_at", "ended_at", "silent_since"
# How an event changes its complaint, and then the clocks of the complaint.
Change = Callable[[Complaint, Event[Any]], Complaint]
ClockChange = Callable[[Complaint, Sequence[Clock], Event[Any]], Changes]


async def note_filing(tx: Tx[State], events: Sequence[Event[ComplaintFiled]]) -> None:
    """From its filing a complaint is known, and whether the public may see it."""

    def change(complaint: Complaint, event: Event[ComplaintFiled]) -> Complaint:
        fact = event.fact
        known = complaints.filed(complaint, fact.filed_at, fact.kind, fact.confidential, fact.reference)
        return complaints.sensitive(known, True, fact.filed_at) if fact.sensitive else known

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], _: Event[ComplaintFiled]) -> Changes:
        return lifecycle.filed(tx.state.rules, complaint, clocks)

    await note(tx, events, change, clock_change, are_new=True)


async def note_routing(tx: Tx[State], events: Sequence[Event[ComplaintRouted]]) -> None:
    """A routing starts the clocks of the verifier and of the ombudsman."""

    def change(complaint: Complaint, event: Event[ComplaintRouted]) -> Complaint:
        return complaints.routed(complaint, event.fact.filed_at, event.fact.kind, event.fact.agency.code)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[ComplaintRouted]) -> Changes:
        return lifecycle.routed(tx.state.rules, complaint, clocks, event.fact.verifier, event.fact.agency)

    await note(tx, events, change, clock_change)


async def note_reassignment(tx: Tx[State], events: Sequence[Event[ComplaintReassigned]]) -> None:
    """A reassignment gives the clocks of an unverified complaint to the agencies that have taken over."""

    def change(complaint: Complaint, event: Event[ComplaintReassigned]) -> Complaint:
        fact = event.fact
        return complaints.reassigned(complaint, fact.filed_at, fact.kind, fact.agency.code, event.time)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[ComplaintReassigned]) -> Changes:
        fact = event.fact
        return lifecycle.reassigned(tx.state.rules, complaint, clocks, fact.verifier, fact.agency, event.time)

    await note(tx, events, change, clock_change)


async def note_verification(tx: Tx[State], events: Sequence[Event[ComplaintVerified]]) -> None:
    """A verification stops the verifier's clock and gives the complaint its class."""

    def change(complaint: Complaint, event: Event[ComplaintVerified]) -> Complaint:
        fact = event.fact
        known = complaints.verified(complaint, fact.classification, event.time)
        return corrections.verified(known, known.verified_at or event.time, fact.classification)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], _: Event[ComplaintVerified]) -> Changes:
        return lifecycle.verified(tx.state.rules, complaint, clocks)

    await note(tx, events, change, clock_change)


async def note_forwarding(tx: Tx[State], events: Sequence[Event[ComplaintForwarded]]) -> None:
    """A forwarding begins the turn of a holder."""

    def change(complaint: Complaint, event: Event[ComplaintForwarded]) -> Complaint:
        return complaints.forwarded(complaint, event.fact.agency.code, event.fact.transfers)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[ComplaintForwarded]) -> Changes:
        fact = event.fact
        return lifecycle.forwarded(tx.state.rules, complaint, clocks, fact.agency, fact.transfers + 1, event.time)

    await note(tx, events, change, clock_change)


async def note_follow_up(tx: Tx[State], events: Sequence[Event[FollowUpRecorded]]) -> None:
    """A follow-up stops the clock of its holder's turn."""

    def change(complaint: Complaint, event: Event[FollowUpRecorded]) -> Complaint:
        return complaints.followed_up(complaint, event.time)

    await note(tx, events, change, no_change)


async def note_interim(tx: Tx[State], events: Sequence[Event[InterimReplied]]) -> None:
    """An interim reply extends the resolution towards the day that it names."""

    def change(complaint: Complaint, event: Event[InterimReplied]) -> Complaint:
        end = end_of(event.fact.due_on, event.fact.agency.zone)
        return interim_replied(complaint, event.time, end)

    await note(tx, events, change, no_change)


async def note_answer(tx: Tx[State], events: Sequence[Event[ComplaintAnswered]]) -> None:
    """An answer stops every limit of the handling, and begins the window of the reporter."""

    def change(complaint: Complaint, event: Event[ComplaintAnswered]) -> Complaint:
        return complaints.answered(complaint, event.time, event.fact.window)

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ComplaintAnswered]) -> Changes:
        fact = event.fact
        agency = AgencyOf(fact.agency, fact.zone)
        return lifecycle.after_answer(tx.state.rules, complaint, WINDOW, agency, fact.window, event.time)

    await note(tx, events, change, clock_change)


async def note_end(tx: Tx[State], events: Sequence[Event[ComplaintArchived | ComplaintWithdrawn]]) -> None:
    """A complaint that is archived or withdrawn has no clock left."""

    def change(complaint: Complaint, event: Event[Any]) -> Complaint:
        return complaints.ended(complaint, event.time)

    await note(tx, events, change, no_change)


async def note_hold(tx: Tx[State], events: Sequence[Event[ComplaintHeld]]) -> None:
    """While the reporter is asked, the clock of the hold runs and the limits of the handling pause."""

    def change(complaint: Complaint, _: Event[ComplaintHeld]) -> Complaint:
        return complaint

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ComplaintHeld]) -> Changes:
        return lifecycle.held(tx.state.rules, complaint, event.fact.agency, event.fact.cycle, event.time)

    await note(tx, events, change, clock_change)


async def note_resumption(tx: Tx[State], events: Sequence[Event[ComplaintCompleted | ComplaintResumed]]) -> None:
    """After a hold the limits of the handling go on with the time that they had left."""

    def change(complaint: Complaint, event: Event[Any]) -> Complaint:
        return complaints.resumed(complaint, event.time)

    await note(tx, events, change, no_change)


def no_change(_: Complaint, __: Sequence[Clock], ___: Event[Any]) -> Changes:
    """Only where its clocks stop follows from the event."""
    return Changes()


async def note(
    tx: Tx[State],
    events: Sequence[Event[Any]],
    change: Change,
    clock_change: ClockChange,
    *,
    are_new: bool = False,
) -> None:
    """Write a wave of events, at most one of each complaint: the complaints, then their clocks.

    `are_new` tells that most of the complaints are not known yet. A new complaint gets its life clock at once, which
    the database demands (decision 17).
    """
    await current_rules(tx)
    inserted, locked = await _noted(tx, events, change, are_new)
    lives = {id: settled(tx.state.rules, one, lifecycle.life(tx.state.rules, one)) for id, one in inserted.items()}
    rows = [_clock_row(tx, life) for life in lives.values()]
    born = set(await tx.insert(ClockRow, rows, skip_known=True, returning=ClockRow.complaint_id))
    # A complaint that was lost, and is told of again, has its clocks still.
    alive = [*locked, *(id for id in lives if id not in born)]
    clocks = {**await locked_clocks(tx, alive), **{id: [lives[id]] for id in born}}
    by_id = {event.fact.complaint_id: event for event in events}
    known = {**inserted, **{id: change(one, by_id[id]) for id, one in locked.items()}}
    await tx.update(ComplaintRow, [_row(known[id]) for id, one in locked.items() if one != known[id]], key="id")
    changes = [
        settle(tx.state.rules, known[id], former, clock_change(known[id], former, event))
        for event in events
        for id in (event.fact.complaint_id,)
        for former in (clocks.get(id, ()),)
    ]
    before = {clock.key: clock for found in clocks.values() for clock in found}
    changed = [clock for one in changes for clock in one.changed if clock != before[clock.key]]
    await tx.update(ClockRow, [_clock_row(tx, clock) for clock in changed], key=("complaint_id", "name", "cycle"))
    # A repeated event begins no clock anew.
    begun = [_clock_row(tx, clock) for one in changes for clock in one.begun]
    await tx.insert(ClockRow, begun, skip_known=True)
    await _tell(tx, events, changes, clocks, known)


async def _tell(
    tx: Tx[State], events: Sequence[Event[Any]], changes: Sequence[Changes], clocks: Mapping[UUID, Clocks], known: Known
) -> None:
    """Say which limits these events set, and take back what they have overtaken."""
    overtaken: list[ChangedClock] = []
    for event, one in zip(events, changes, strict=True):
        id = event.fact.complaint_id
        former, ends = clocks.get(id, ()), known[id].all_ends
        tx.stage(*map(limit_set, lifecycle.limits_set(former, one, bool(known[id].corrections))))
        overtaken += changed_clocks(former, one.applied_to(former), event.time, ends)
    await withdraw_overtaken(tx, overtaken)


async def _noted(tx: Tx[State], events: Sequence[Event[Any]], change: Change, are_new: bool) -> tuple[Known, Known]:
    """The new complaints as these events leave them, written, and the known ones, locked in the order of ids.

    An event may come before an earlier one that was parked: its complaint is then inserted with what is known.
    """
    by_id = {event.fact.complaint_id: event for event in sorted(events, key=lambda event: event.fact.complaint_id)}
    known = {} if are_new else await _locked(tx, list(by_id))
    inserted = await _inserted(tx, [change(_unknown(event), event) for id, event in by_id.items() if id not in known])
    if others := [id for id in by_id if id not in known and id not in inserted]:
        # They are there after all: noted earlier, or by a replica that was quicker.
        known |= await _locked(tx, others)
    return inserted, known


async def _locked(tx: Tx[State], ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    """Those of these complaints that are known, locked in the order of their ids."""
    rows = [row._asdict() for row in await tx.execute(LOCK, {"ids": ids})]
    return {row["id"]: Complaint(**{**row, **{name: tuple(row[name]) for name in LISTS}}) for row in rows}


async def _inserted(tx: Tx[State], new: Sequence[Complaint]) -> dict[UUID, Complaint]:
    """Insert these complaints; gives those that were not there."""
    ids = set(await tx.insert(ComplaintRow, [_row(one) for one in new], skip_known=True, returning=ComplaintRow.id))
    return {complaint.id: complaint for complaint in new if complaint.id in ids}


def _unknown(event: Event[Any]) -> Complaint:
    """A complaint of which this is the first event to come."""
    return Complaint(event.fact.complaint_id, filed_at=event.time)


def _row(complaint: Complaint) -> dict[str, Any]:
    row = {name: getattr(complaint, name) for name in complaint.__slots__}
    return {**row, **{name: getattr(complaint, name) for name in DERIVED}}


def _clock_row(tx: Tx[State], clock: Clock) -> dict[str, Any]:
    """The row of a clock; the database measures its next moment from the moment of its writing."""
    return {**{name: getattr(clock, name) for name in clock.__slots__}, "moved_at": tx.now}
