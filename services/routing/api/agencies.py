"""The directory of agencies, open to anyone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.routing.actions import agencies
from services.routing.actions.agencies import AgencyFilter, AgencyView
from services.routing.state import State
from shared.http.app import running_service
from shared.http.fields import Code
from shared.http.paging import After, Page, cursor_of, position_in, word
from shared.identity.callers import public
from shared.service import RunningService
from shared.vocabulary import Tier

router = APIRouter()

Routing = Annotated[RunningService[State], Depends(running_service("routing"))]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/agencies")
@public
async def list_agencies(
    service: Routing,
    region: Code | None = None,
    field: Code | None = None,
    tier: Tier | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[AgencyView]:
    """The directory, by code."""
    (code,) = position_in(after, word) if after else ("",)
    # One more than asked for tells whether there is a next page.
    found = agencies.list_agencies(service.state, AgencyFilter(region, field, tier, code, limit + 1))
    items = found[:limit]
    return Page(items=items, next=cursor_of(items[-1].code) if len(found) > limit else None)


@router.get("/agencies/{code}")
@public
async def show_agency(service: Routing, code: Code) -> AgencyView:
    """An agency and its seats: whether each is filled, not by whom."""
    return agencies.show_agency(service.state, code)
