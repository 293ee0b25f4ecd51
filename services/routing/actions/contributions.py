"""Joint handling: what is told of units that are asked to contribute, and whom nobody can ask."""

from typing import Any
from uuid import UUID

from services.routing.actions.agencies import ref_of
from services.routing.actions.parts import refusal_of_parts
from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.errors import SameHolder
from services.routing.state import State
from shared.errors import Refusal, UnknownAgency
from shared.events import ContributionGiven, ContributionRequested
from shared.lifecycle.acts import ActKind


def refusal_of_named(state: State, id: UUID, act: Act, case: Case) -> Refusal | None:
    """Why nobody can be asked to contribute, or no part be opened, for those whom an act names."""
    if act.kind == ActKind.CONTRIBUTION_REQUEST:
        if act.reason not in state.directory.by_code:
            return UnknownAgency(field="agency")
        return SameHolder(field="agency") if act.reason == case.holder else None
    return refusal_of_parts(state, id, act, case)


def requested(state: State, id: UUID, number: int, after: Case) -> ContributionRequested:
    """What is told of a request."""
    return ContributionRequested(complaint_id=id, **_named(state, number, after))


def given(state: State, id: UUID, number: int, after: Case) -> ContributionGiven:
    """What is told of a contribution."""
    return ContributionGiven(complaint_id=id, **_named(state, number, after))


def _named(state: State, number: int, after: Case) -> dict[str, Any]:
    asked = after.support[str(number)]
    agency = ref_of(state.agency(asked["agency"]))
    dates = {"asked_at": asked["asked_at"], "due_on": asked["due_on"]}
    return {"agency": agency, "holder": after.holder, "number": number, **dates}
