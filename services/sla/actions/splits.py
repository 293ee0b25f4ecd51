"""Events of splits: a complaint is dealt with in its parts, each of which has the limits that its whole had."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import complaints, corrections, parts, splits
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.extensions import interim_replied
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintSplit, Event, PartOpened


async def note_split(tx: Tx[State], events: Sequence[Event[ComplaintSplit]]) -> None:
    """The limits of a whole stop; its life goes on until its last part is done."""
    await note(tx, events, lambda complaint, event: parts.split(complaint, event.time), no_change)


async def note_part(tx: Tx[State], events: Sequence[Event[PartOpened]]) -> None:
    """A part begins the turn of its holder; the limits of the whole case go on."""

    def change(complaint: Complaint, event: Event[PartOpened]) -> Complaint:
        fact = event.fact
        known = complaints.filed(complaint, fact.filed_at, fact.kind, fact.confidential, fact.reference)
        known = parts.with_past(known, (end for _, end in fact.holds), (end for _, end in fact.mergers))
        for given_at, until in fact.interims:
            known = interim_replied(known, given_at, until)
        known = parts.with_turns(tx.state.rules, known, ((turn.since, turn.agency) for turn in fact.held))
        known = parts.opened(known, fact.part_of, fact.classification, fact.agency.code, event.time)
        known = corrections.inherited(known, ((said.at, said.classification) for said in fact.classes))
        return corrections.verified(known, event.time, fact.classification)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[PartOpened]) -> Changes:
        fact = event.fact
        of_whole = splits.Inherited(fact.resolution_since, fact.urgent_since, fact.holds, fact.mergers, fact.standing)
        return splits.opened(tx.state.rules, complaint, clocks, fact.agency, of_whole, event.time)

    await note(tx, events, change, clock_change, are_new=True)
