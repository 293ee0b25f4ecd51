"""The list of overdue clocks, for everyone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.sla.actions import overdue
from services.sla.state import State
from shared.http.app import running_service
from shared.http.fields import Code
from shared.http.paging import After, Page
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]


class OverdueView(BaseModel):
    """A running clock past its limit; `step` is the highest climb so far."""

    complaint_id: UUID
    reference: str | None
    clock: str
    cycle: int
    agency: str
    agency_name: str | None
    due_at: datetime
    days_late: float | None = Field(description="Working days; null where the limit lies outside the calendar.")
    hours_late: int | None = Field(description="Of a limit in hours, round the clock: whole hours; null of others.")
    step: int
    provisional: bool = Field(description="The joint leave of a year that the limit reaches into is not known yet.")


@router.get("/overdue")
@public
async def list_overdue(
    service: Sla,
    agency: Code | None = None,
    region: Code | None = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[OverdueView]:
    found = await service.read(overdue.list_overdue, overdue.OverdueQuery(agency, region, after, limit))
    return Page[OverdueView].model_validate(found, from_attributes=True)
