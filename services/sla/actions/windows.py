"""Events after an answer: windows of the reporter, calls to the reporter, closings, and what a reporter reopens."""

from collections.abc import Sequence
from typing import Any

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import AgencyOf, Changes, Opening
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import (
    AppealDecided,
    ComplaintClosed,
    ComplaintReopened,
    ContactRequested,
    Event,
    ReporterContacted,
    ReporterReplied,
)
from shared.vocabulary import AWAITING_FOLLOW_UP, CONTACT, WINDOW, ClockName


async def note_contact_request(tx: Tx[State], events: Sequence[Event[ContactRequested]]) -> None:
    """The coordinator has a limit for the call to the reporter."""

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ContactRequested]) -> Changes:
        return _after_answer(tx, complaint, CONTACT, event)

    await note(tx, events, lambda complaint, _: complaint, clock_change)


async def note_contact(tx: Tx[State], events: Sequence[Event[ReporterContacted]]) -> None:
    """A reporter who was told in person has a new window."""

    def change(complaint: Complaint, event: Event[ReporterContacted]) -> Complaint:
        return complaints.contacted(complaint, event.time)

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ReporterContacted]) -> Changes:
        return _after_answer(tx, complaint, WINDOW, event)

    await note(tx, events, change, clock_change)


async def note_reply(tx: Tx[State], events: Sequence[Event[ReporterReplied]]) -> None:
    """What a reporter says after an answer begins a new window, and needs no call any more; at other times, nothing."""

    def change(complaint: Complaint, event: Event[ReporterReplied]) -> Complaint:
        fact = event.fact
        return complaints.replied(complaint, event.time, fact.closing_taken_back) if fact.window else complaint

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ReporterReplied]) -> Changes:
        return _after_answer(tx, complaint, WINDOW, event)

    await note(tx, events, change, clock_change)


async def note_closing(tx: Tx[State], events: Sequence[Event[ComplaintClosed]]) -> None:
    """A complaint that is closed after its answer has no clock left."""
    await note(tx, events, lambda complaint, event: complaints.closed(complaint, event.time), no_change)


async def note_reopening(tx: Tx[State], events: Sequence[Event[ComplaintReopened]]) -> None:
    """What its reporter disputes or reopens goes on with its old clocks, and begins a new cycle of the others."""

    def change(complaint: Complaint, event: Event[ComplaintReopened]) -> Complaint:
        return complaints.reopened(complaint, event.time, event.fact.agency.code, opening_of(event.fact).transfers)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[ComplaintReopened]) -> Changes:
        return lifecycle.reopened(tx.state.rules, complaint, clocks, opening_of(event.fact), event.time)

    await note(tx, events, change, clock_change)


def _after_answer(tx: Tx[State], complaint: Complaint, clock: ClockName, event: Event[Any]) -> Changes:
    fact = event.fact
    agency = AgencyOf(fact.agency, fact.zone)
    return lifecycle.after_answer(tx.state.rules, complaint, clock, agency, fact.window, event.time)


def opening_of(fact: ComplaintReopened | AppealDecided) -> Opening:
    turn = fact.transfers + 1 if fact.state == AWAITING_FOLLOW_UP else None
    return Opening(fact.agency, fact.verifier, fact.cycle, fact.standing, turn)
