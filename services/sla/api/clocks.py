"""The clocks of a complaint, for everyone."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.sla.actions import clocks
from services.sla.state import State
from shared.http.app import running_service
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]


class FiredStep(BaseModel):
    """A step of the ladder that has been taken; `escalation` counts the climbs from 1, and is 0 for a reminder.

    `round` counts how often the last step has recurred. A climb is reached once a mail server has accepted it for one
    of its seats, and known once one of them has acknowledged it.
    """

    step: int
    escalation: int
    agency: str
    fired_at: datetime
    round: int
    reached_at: datetime | None
    acknowledged_at: datetime | None


class ClockView(BaseModel):
    """A clock of a complaint."""

    name: str
    cycle: int
    agency: str
    zone: str = Field(description="IANA name or WIB, WITA, WIT")
    started_at: datetime
    due_at: datetime
    limit_days: int
    extended_days: int = Field(description="By how much an interim reply has made the limit longer, in its unit.")
    unit: str
    policy_version: int
    state: str = Field(
        description="running, paused, overdue, met, missed, transferred, ended; "
        "of the life clock running, answered or ended"
    )
    stopped_at: datetime | None
    worked_days: float | None
    provisional: bool = Field(description="The joint leave of a year that the limit reaches into is not known yet.")
    next_at: datetime | None
    paused_at: datetime | None = Field(description="Since when it pauses, because the reporter is asked something.")
    paused_until: datetime | None = Field(description="When the pause ends at the latest.")
    round: int = Field(description="How often its last step has recurred")
    steps: list[FiredStep]


@router.get("/complaints/{id}/clocks")
@public
async def show_clocks(service: Sla, id: UUID) -> list[ClockView]:
    return [_view(found) for found in await service.read(clocks.clocks_of, id)]


def _view(found: clocks.ClockHistory) -> ClockView:
    shown = asdict(found)
    return ClockView.model_validate(
        {**shown["clock"], "state": found.status, "provisional": found.provisional, "steps": shown["steps"]}
    )
