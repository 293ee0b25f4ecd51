"""The worklist of an agency and of the agencies below it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.routing.actions import worklists
from services.routing.actions.cases import CaseSummary
from services.routing.actions.worklists import Worklist
from services.routing.state import State
from shared import vocabulary
from shared.http.app import running_service
from shared.http.fields import Code
from shared.http.paging import After, Page, cursor_of, identifier, moment, position_in
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()

Routing = Annotated[RunningService[State], Depends(running_service("routing"))]
Reader = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin", "overseer"))]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/complaints")
async def list_complaints(
    service: Routing,
    who: Reader,
    agency: Annotated[Code | None, Query(description="This agency and those below it; default: your own.")] = None,
    state: vocabulary.State | None = None,
    overdue: bool | None = None,
    urgent: bool | None = None,
    to_review: Annotated[
        bool | None, Query(description="Whether an agency above has to take a second look at the answer.")
    ] = None,
    to_judge: Annotated[
        bool | None, Query(description="Whether an agency above has to judge a follow-up that the reporter contests.")
    ] = None,
    contributing: Annotated[bool, Query(description="Those to which they are asked to contribute.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[CaseSummary]:
    """The complaints that an agency and those below it hold, oldest first."""
    position = position_in(after, moment, identifier) if after else None
    # One more than asked for tells whether there is a next page.
    worklist = Worklist(agency, state, overdue, urgent, to_review, to_judge, contributing, position, limit + 1)
    found = await service.read(worklists.list_cases, who, worklist)
    items = found[:limit]
    return Page(items=items, next=cursor_of(items[-1].filed_at, items[-1].id) if len(found) > limit else None)
