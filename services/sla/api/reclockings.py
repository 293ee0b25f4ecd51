"""Re-clocking: putting open clocks under a policy, an act of the national administrator that is on record."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from services.sla.actions import reclockings
from services.sla.state import State
from shared.http.app import running_service
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]
Administrator = Annotated[Official, Depends(official("admin"))]
Version = Annotated[int, Path(ge=1, le=32_767)]


class ReclockingView(BaseModel):
    """An order to put open clocks under a policy: who gave it, when, and how far it has come."""

    id: int
    version: int
    requested_by: str
    requested_at: datetime
    moved: int = Field(description="Clocks that have got the limit of this policy.")
    kept: int = Field(description="Clocks that keep their policy: this one counts the steps they have taken otherwise.")
    done_at: datetime | None


@router.post("/policies/{version}/reclockings", status_code=202)
async def order_reclocking(service: Sla, version: Version, who: Administrator) -> ReclockingView:
    """Put open clocks under a policy that is in force, where it holds for them. Steps that were taken stay taken."""
    async with service.begin() as tx:
        order = await reclockings.order_reclocking(tx, version, who.subject)
    return ReclockingView.model_validate(order, from_attributes=True)


@router.get("/policies/{version}/reclockings")
async def list_reclockings(service: Sla, version: Version, who: Administrator) -> list[ReclockingView]:
    found = await service.read(reclockings.list_reclockings, version)
    return [ReclockingView.model_validate(order, from_attributes=True) for order in found]
