"""Appeals: what is told of one, and of its decision."""

from datetime import datetime

from services.routing.actions.agencies import ref_of
from services.routing.domain.acts import Act
from services.routing.domain.appeals import decider_of
from services.routing.domain.cases import Case
from services.routing.domain.records import PastAct
from services.routing.domain.reporters import CLOSING_TAKEN_BACK
from services.routing.state import State
from shared.events import AppealDecided, ComplaintAppealed, Recipient
from shared.lifecycle.acts import ActKind
from shared.vocabulary import UNVERIFIED


def appealed(state: State, act: PastAct, after: Case, asked_at: datetime) -> ComplaintAppealed:
    """What is told of an appeal."""
    appellate = state.agency(after.appellate or "")
    return ComplaintAppealed(
        complaint_id=act.complaint_id,
        agency=ref_of(appellate),
        holder=after.holder,
        number=after.appeals,
        deciders=(Recipient(agency=appellate.code, role=decider_of(appellate)),),
        closing_taken_back=act.reason == CLOSING_TAKEN_BACK,
        asked_at=asked_at,
        sealed=act.sealed,
    )


def decided(state: State, act: PastAct, by: str, after: Case) -> AppealDecided:
    """What is told of a decision."""
    verifies = after.state == UNVERIFIED
    return AppealDecided(
        complaint_id=act.complaint_id,
        agency=ref_of(state.agency(after.holder)),
        by=by,
        upheld=act.kind == ActKind.UPHOLDING,
        state=after.state,
        verifier=ref_of(state.agency(after.verifier)) if verifies else None,
        cycle=after.verifications if verifies else after.cycle,
        standing=after.ladder_step,
        transfers=after.transfers,
        sealed=act.sealed or "",
    )


def to_present_holder(state: State, act: Act, case: Case) -> Act:
    """An upheld appeal that names no agency goes back to the holder, or to its successor; any other act as it is."""
    if act.kind != ActKind.UPHOLDING or act.agency:
        return act
    return Act(act.kind, agency=state.agency(case.holder).code)
