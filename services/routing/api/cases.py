"""One complaint as officials see it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.routing.actions import cases
from services.routing.actions.cases import CaseView
from services.routing.state import State
from shared.http.app import running_service
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()

Routing = Annotated[RunningService[State], Depends(running_service("routing"))]
Reader = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin", "overseer"))]


@router.get("/complaints/{id}")
async def show_complaint(service: Routing, id: UUID, who: Reader) -> CaseView:
    """A complaint in full, for its holder, its verifier and those above them."""
    return await service.read(cases.show_case, who, id)
