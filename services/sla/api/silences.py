"""The list of the longest silences, for everyone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.sla.actions import silences
from services.sla.state import State
from shared.http.app import running_service
from shared.http.paging import After, Page
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]


class SilenceView(BaseModel):
    """An open complaint; an `unverified` one is held by its verifier.

    `step` is the highest climb so far, `rounds` how often it has climbed again since.
    """

    complaint_id: UUID
    reference: str | None
    agency: str
    agency_name: str | None
    filed_at: datetime
    silent_since: datetime
    days: int
    unverified: bool
    step: int
    rounds: int


class SilencesPage(Page[SilenceView]):
    """A part of the list."""

    total: int = Field(description="How many complaints the whole list has")
    confidential: int = Field(description="Confidential and sensitive complaints, silent as long and not listed")


@router.get("/silences")
@public
async def list_silences(
    service: Sla, after: After = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> SilencesPage:
    """Open complaints whose reporters have had no word of substance for three weeks, longest first."""
    found = await service.read(silences.list_silences, silences.SilenceQuery(after, limit))
    return SilencesPage.model_validate(found, from_attributes=True)
