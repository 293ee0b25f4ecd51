"""The agencies' door: officials see their cases and act on them; anyone may look an agency up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field

from services.routing import actions
from services.routing.domain.case import ANSWER, FOLLOW_UP, FORWARD, VERIFICATION, Act
from services.routing.domain.directory import Agency
from shared.http.app import running_service
from shared.http.fields import IDEMPOTENCY_KEY, Body, Code, Line, Prose
from shared.identity.callers import official, public
from shared.identity.officials import Official
from shared.service import RunningService
from shared.vocabulary import Classification, Kind, Role, Tier

router = APIRouter()

Here = Annotated[RunningService[Any], Depends(running_service("routing"))]
Coordinator = Annotated[Official, Depends(official("coordinator", "admin"))]
Disposer = Annotated[Official, Depends(official("coordinator", "admin", "liaison"))]
Holder = Annotated[Official, Depends(official("liaison", "coordinator", "leader"))]
Reader = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin", "overseer"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=IDEMPOTENCY_KEY)]
Limit = Annotated[int, Query(ge=1, le=200)]
State = Literal["UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS", "ANSWERED"]


class Verification(Body):
    classification: Classification
    agency: Code | None = Field(None, description="Another agency than the one proposed.")
    note: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = Field(
        None, description="For officials only."
    )


class Forward(Body):
    agency: Code | None = Field(None, description="Where it goes; without it, back to the verifier.")
    reason: Annotated[Line, Field(min_length=1, max_length=500)] = Field(
        description="Shown publicly, unless the complaint is confidential: name no person."
    )


class Words(Body):
    text: Annotated[Prose, Field(min_length=1, max_length=10_000)]


class Done(BaseModel):
    """An act, with the agency that holds the complaint after it and its state."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: State


class ActShown(BaseModel):
    """An act on record; `agency` and `role` say whose seat did it."""

    id: UUID
    kind: str
    at: datetime
    role: str
    agency: str | None
    holder: str
    state: State
    classification: Classification | None
    text: str | None


class Listed(BaseModel):
    """A complaint on a desk; who reported it is not known here."""

    id: UUID
    reference: str
    filed_at: datetime
    kind: Kind
    confidential: bool
    title: str | None
    holder: str
    verifier: str
    state: State
    classification: Classification | None
    transfers: int
    overdue: bool
    ladder_step: int
    ombudsman_offered: bool


class Shown(Listed):
    """A complaint in full; `explanation` says in Indonesian why it was assigned as it was."""

    text: str | None
    address: str | None
    happened_at: str | None
    rule: str
    explanation: str
    acts: Sequence[ActShown]


class Desk(BaseModel):
    items: Sequence[Listed]
    next: str | None = Field(description="Give it as `after` for the next page.")


class SeatShown(BaseModel):
    role: Role
    title: str
    vacant: bool


class AgencyShown(BaseModel):
    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: Literal["WIB", "WITA", "WIT"]
    field: str | None
    seats: Sequence[SeatShown]


class Agencies(BaseModel):
    items: Sequence[AgencyShown]
    next: str | None = Field(description="Give it as `after` for the next page.")


@router.post("/complaints/{id}/verifications", status_code=201)
async def verify(service: Here, id: UUID, body: Verification, who: Coordinator, key: Key = None) -> Done:
    """Verify, classify and dispose: to the agency proposed or another."""
    asked = Act(VERIFICATION, body.classification, body.agency)
    return await _act(service, actions.Request(id, asked, who, key, words=body.note))


@router.post("/complaints/{id}/forwards", status_code=201)
async def forward(service: Here, id: UUID, body: Forward, who: Disposer, key: Key = None) -> Done:
    """Pass a complaint on, or as its holder's liaison give it back, with the reason."""
    return await _act(service, actions.Request(id, Act(FORWARD, agency=body.agency), who, key, words=body.reason))


@router.post("/complaints/{id}/follow-ups", status_code=201)
async def follow_up(service: Here, id: UUID, body: Words, who: Holder, key: Key = None) -> Done:
    """Tell the reporter what is being done."""
    return await _act(service, actions.Request(id, Act(FOLLOW_UP), who, key, words=body.text))


@router.post("/complaints/{id}/answers", status_code=201)
async def answer(service: Here, id: UUID, body: Words, who: Holder, key: Key = None) -> Done:
    """Give the final answer; a follow-up need not have come before."""
    return await _act(service, actions.Request(id, Act(ANSWER), who, key, words=body.text))


@router.get("/complaints/{id}")
async def show_complaint(service: Here, id: UUID, who: Reader) -> Shown:
    """A complaint in full, for its holder, its verifier and those above them."""
    found = await service.read(actions.show_case, who, id)
    acts = [ActShown.model_validate(dict(act)) for act in found.acts]
    told = {name: found.narrative.get(name) for name in ("text", "address", "happened_at")}
    return Shown.model_validate({**_listed(found), **told, "acts": acts})


@router.get("/complaints")
async def list_complaints(
    service: Here,
    who: Reader,
    agency: Annotated[Code | None, Query(description="This agency and those below it; default: your own.")] = None,
    state: State | None = None,
    overdue: bool | None = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
) -> Desk:
    """The complaints that an agency and those below it hold, oldest first."""
    page = await service.read(actions.list_cases, who, actions.Desk(agency, state, overdue, after, limit))
    return Desk(items=[Listed.model_validate(_listed(item)) for item in page.items], next=page.next)


@router.get("/agencies", dependencies=[Depends(public)])
async def list_agencies(
    service: Here,
    region: Code | None = None,
    field: Code | None = None,
    tier: Tier | None = None,
    after: Code | None = None,
    limit: Limit = 50,
) -> Agencies:
    """The directory, by code."""
    found = actions.agencies_where(
        service.state, region=region, field=field, tier=tier, after=after or "", limit=limit + 1
    )
    page = found[:limit]
    return Agencies(items=[_card(agency) for agency in page], next=page[-1].code if len(found) > limit else None)


@router.get("/agencies/{code}", dependencies=[Depends(public)])
async def show_agency(service: Here, code: Code) -> AgencyShown:
    """An agency and its seats: whether each is filled, not by whom."""
    return _card(actions.agency_card(service.state, code))


async def _act(service: RunningService[Any], request: actions.Request) -> Done:
    done = await service.submit(actions.perform_acts, request)
    return Done.model_validate(done, from_attributes=True)


def _listed(found: actions.Shown) -> Mapping[str, Any]:
    overdue = found.row["step_missed"] or found.row["resolution_missed"]
    return {**found.row, "title": found.narrative.get("title"), "overdue": overdue}


def _card(agency: Agency) -> AgencyShown:
    seats = [SeatShown(role=seat.role, title=seat.title, vacant=seat.email is None) for seat in agency.seats]  # type: ignore[arg-type]
    return AgencyShown.model_validate({**_plain(agency), "seats": seats})


def _plain(agency: Agency) -> Mapping[str, Any]:
    names = ("code", "name", "tier", "parent", "region", "zone", "field")
    return {name: getattr(agency, name) for name in names}
