"""A filed complaint is opened, classified and assigned to the agency that will hold it."""

from collections.abc import Sequence
from typing import Any

from services.routing.actions.directory import ref_of
from services.routing.domain.case import UNVERIFIED, verifier_of
from services.routing.domain.classifier import Assignment, assign
from services.routing.models import CASES
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled, ComplaintRouted


async def assign_complaints(tx: Tx[State], filed: Sequence[ComplaintFiled]) -> None:
    """Open a case for each complaint that is not known yet. Raises Unopenable for one sealed for someone else."""
    office = tx.state
    assigned = {fact.complaint_id: (fact, _assignment(office, fact)) for fact in filed}
    rows = [_row(office, fact, assignment) for fact, assignment in assigned.values()]
    new = await tx.insert(CASES, rows, skip_known=True, returning=CASES.c.id)
    tx.stage(*(_routed(office, *assigned[id]) for id in new))


def _assignment(office: State, fact: ComplaintFiled) -> Assignment:
    narrative = office.open(fact.sealed, str(fact.complaint_id))
    text = "\n".join(filter(None, (narrative.get("title"), narrative.get("text"))))
    return assign(office.directory, office.lexicon, text=text, region=fact.region, named_agency=fact.agency)


def _row(office: State, fact: ComplaintFiled, assignment: Assignment) -> dict[str, Any]:
    return {
        "id": fact.complaint_id,
        "reference": fact.reference,
        "filed_at": fact.filed_at,
        "kind": fact.kind,
        "confidential": fact.confidential,
        "sealed": fact.sealed,
        "rule": assignment.rule,
        "explanation": assignment.explanation,
        "verifier": verifier_of(office.directory.by_code, assignment.agency),
        "holder": assignment.agency,
        "state": UNVERIFIED,
    }


def _routed(office: State, fact: ComplaintFiled, assignment: Assignment) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=fact.complaint_id,
        agency=ref_of(office.agency(assignment.agency)),
        verifier=ref_of(office.agency(verifier_of(office.directory.by_code, assignment.agency))),
        rule=assignment.rule,
        # It names words of the text: what a confidential complaint is about stays on the desk of its holder.
        explanation="" if fact.confidential else assignment.explanation,
        filed_at=fact.filed_at,
        kind=fact.kind,
    )
