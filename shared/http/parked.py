"""The list of parked messages, the same door in every service."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from shared.http.paging import LARGEST_ID, After, Page, cursor_of, number, position_in
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.parked import ParkedMessage, list_parked
from shared.service import RunningService


def router(service: RunningService[Any]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/parked")
    async def parked(
        caller: Annotated[Official, Depends(official("operator", "admin"))],
        after: After = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Page[ParkedMessage]:
        """Messages that could not be handled, oldest first: their reason and when they are tried again.

        One about a sensitive complaint says that it is one, and not which.
        """
        (last,) = position_in(after, number(LARGEST_ID)) if after else (0,)
        # One message more than the page holds shows whether there is another page.
        found = await service.read(list_parked, service.definition.sensitive, last, limit + 1)
        return Page(items=found[:limit], next=cursor_of(found[limit - 1].id) if len(found) > limit else None)

    return routes
