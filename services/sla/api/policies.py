"""The policies by which clocks are counted, for everyone."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.sla.actions import policies
from services.sla.state import State
from shared.http.app import running_service
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]


class LimitView(BaseModel):
    """A limit of one clock, for one classification where it depends on it."""

    clock: str
    classification: str | None
    days: int
    unit: str
    source: str


class ReminderView(BaseModel):
    """A percentage of a limit, and the roles reminded then."""

    percent: int
    roles: list[str]


class RecurrenceView(BaseModel):
    """After its last step a limit climbs again, each time after so many days of its own unit."""

    working_days: int
    calendar_days: int


class PolicyView(BaseModel):
    """The limits and the ladder in force from a day."""

    version: int
    effective_on: date
    source: str
    limits: list[LimitView]
    reminders: list[ReminderView]
    climbs: list[int]
    recurrence: RecurrenceView
    calendar_notice: str | None = Field(description="Why limits are provisional: a year's joint leave is not known.")


@router.get("/policies")
@public
async def list_policies(service: Sla) -> list[PolicyView]:
    found = policies.list_policies(service.state, service.now())
    notice = {"calendar_notice": found.calendar_notice}
    return [PolicyView.model_validate(asdict(policy) | notice) for policy in found.policies]
