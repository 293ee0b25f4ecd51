"""A filed complaint is opened, classified and assigned to the agency that will hold it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.routing.actions.agencies import ref_of
from services.routing.actions.sensitivities import filed_sensitive
from services.routing.actions.urgencies import filed_urgent
from services.routing.domain.agencies import verifier_of
from services.routing.domain.assignments import Assignment, assign
from services.routing.domain.lexicons import words_in
from services.routing.domain.sensitivities import sensitive_by
from services.routing.domain.urgencies import urgent_by
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintFiled, ComplaintRouted, Event, Fact, facts
from shared.vocabulary import UNVERIFIED, SensitiveBy, UrgentBy


async def assign_complaints(tx: Tx[State], events: Sequence[Event[ComplaintFiled]]) -> None:
    """Open a case for each complaint that is not known yet. Raises Unopenable for one sealed for someone else."""
    assigned = {fact.complaint_id: (fact, *_assignment(tx.state, fact)) for fact in facts(events)}
    rows = {id: _row(tx.state, *one) for id, one in assigned.items()}
    new = await tx.insert(CaseRecord, list(rows.values()), skip_known=True, returning=CaseRecord.id)
    tx.stage(*(fact for id in new for fact in _told(tx.state, *assigned[id][:2], rows[id])))


def _told(state: State, fact: ComplaintFiled, assignment: Assignment, row: Mapping[str, Any]) -> Iterator[Fact]:
    """What is told of a new case; first that it is sensitive, so that nobody shows or sends anything before."""
    if row["sensitive"]:
        yield filed_sensitive(state, row, row["holder"])
    yield _routed(state, fact, assignment, row["sensitive"])
    if row["urgent"]:
        yield filed_urgent(state, row, row["holder"])


def _assignment(state: State, fact: ComplaintFiled) -> tuple[Assignment, UrgentBy | None, SensitiveBy | None]:
    """The agency of a complaint, and why it is urgent or sensitive, if it is."""
    narrative = state.open(fact.sealed, str(fact.complaint_id))
    text = "\n".join(filter(None, (narrative.get("title"), narrative.get("text"))))
    assignment = assign(state.directory, state.lexicon, text=text, region=fact.region, named_agency=fact.agency)
    said = words_in(text)
    alarm = urgent_by(state.alarms, said, fact.urgent)
    return assignment, alarm, sensitive_by(state.sensitive_phrases, said, fact.sensitive)


def _row(
    state: State,
    fact: ComplaintFiled,
    assignment: Assignment,
    alarm: UrgentBy | None,
    sensitive: SensitiveBy | None,
) -> dict[str, Any]:
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
        "reachable": fact.reporter_ref is not None,
        "urgent": alarm is not None,
        "urgent_by": alarm,
        "sensitive": sensitive is not None,
        "sensitive_by": sensitive,
    }


def _routed(state: State, fact: ComplaintFiled, assignment: Assignment, is_sensitive: bool) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=fact.complaint_id,
        agency=ref_of(state.agency(assignment.agency)),
        verifier=ref_of(state.agency(verifier_of(state.directory.by_code, assignment.agency))),
        rule=assignment.rule,
        # The explanation quotes words of the complaint; those of a confidential one are shown to its holder only.
        explanation="" if fact.confidential or is_sensitive else assignment.explanation,
        filed_at=fact.filed_at,
        kind=fact.kind,
        unknown=assignment.unknown,
    )
