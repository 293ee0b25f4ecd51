"""Appeals: which agency decides one, which end is at stake, and what an appeal makes of its case."""

from typing import Any

from services.routing.domain.agencies import Agency, Directory
from services.routing.domain.cases import Case
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition
from shared.vocabulary import ARCHIVED, CLOSED, COORDINATOR, LEADER, ROOT, Role, State

DECISIONS = frozenset({ActKind.UPHOLDING, ActKind.DISMISSAL})


def appellate_of(case: Case, directory: Directory) -> str | None:
    """The agency above whoever decided that the case ends; None if there is none.

    The holder has answered. The verifier archives, and whatever was never verified is still the verifier's.
    """
    decided_by = case.verifier if case.state == ARCHIVED or case.classification is None else case.holder
    agency = directory.present(decided_by)
    return agency.parent if agency else ROOT


def end_at_stake(state: State) -> State:
    """The end that stands if an appeal against a case in this state is dismissed."""
    return ARCHIVED if state == ARCHIVED else CLOSED


def decider_of(agency: Agency) -> Role:
    """The seat of an agency that is asked to decide: its coordinator's, or without one its leader's."""
    return COORDINATOR if any(seat.role == COORDINATOR for seat in agency.seats) else LEADER


def appeal_after(row: Transition, appellate: str | None, case: Case) -> dict[str, Any]:
    """The fields of an appeal after an act: it takes away the time to reopen, and ends with its decision."""
    if row.act == ActKind.APPEAL:
        at_stake = {"appeals": case.appeals + 1, "appellate": appellate, "end_at_stake": end_at_stake(case.state)}
        return at_stake | {"closed_at": None, "reopen_until": None}
    return {"end_at_stake": None} if row.act in DECISIONS else {}
