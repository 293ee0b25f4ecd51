"""A filed complaint is opened, classified and assigned to the agency that will hold it."""

from collections.abc import Sequence
from typing import Any

from services.routing.actions.agencies import ref_of
from services.routing.domain.agencies import verifier_of
from services.routing.domain.assignments import Assignment, assign
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled, ComplaintRouted, Event, facts
from shared.vocabulary import UNVERIFIED


async def assign_complaints(tx: Tx[State], events: Sequence[Event[ComplaintFiled]]) -> None:
    """Open a case for each complaint that is not known yet. Raises Unopenable for one sealed for someone else."""
    assigned = {fact.complaint_id: (fact, _assignment(tx.state, fact)) for fact in facts(events)}
    rows = [_row(tx.state, fact, assignment) for fact, assignment in assigned.values()]
    new = await tx.insert(CaseRecord, rows, skip_known=True, returning=CaseRecord.id)
    tx.stage(*(_routed(tx.state, *assigned[id]) for id in new))


def _assignment(state: State, fact: ComplaintFiled) -> Assignment:
    narrative = state.open(fact.sealed, str(fact.complaint_id))
    text = "\n".join(filter(None, (narrative.get("title"), narrative.get("text"))))
    return assign(state.directory, state.lexicon, text=text, region=fact.region, named_agency=fact.agency)


def _row(state: State, fact: ComplaintFiled, assignment: Assignment) -> dict[str, Any]:
    return {
        "id": fact.complaint_id,
        "reference": fact.reference,
        "filed_at": fact.filed_at,
        "kind": fact.kind,
        "confidential": fact.confidential,
        "sealed": fact.sealed,
        "rule": assignment.rule,
        "explanation": assignment.explanation,
        "verifier": verifier_of(state.directory.by_code, assignment.agency),
        "holder": assignment.agency,
        "state": UNVERIFIED,
    }


def _routed(state: State, fact: ComplaintFiled, assignment: Assignment) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=fact.complaint_id,
        agency=ref_of(state.agency(assignment.agency)),
        verifier=ref_of(state.agency(verifier_of(state.directory.by_code, assignment.agency))),
        rule=assignment.rule,
        # The explanation quotes words of the complaint; those of a confidential one are shown to its holder only.
        explanation="" if fact.confidential else assignment.explanation,
        filed_at=fact.filed_at,
        kind=fact.kind,
        unknown=assignment.unknown,
    )
