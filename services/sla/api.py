"""The HTTP doors of sla: clocks of a complaint, what is overdue, indicators, policies. All of it is public."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.sla import actions
from services.sla.actions.indicators import Period
from services.sla.actions.overdue import Query as OverdueQuery
from services.sla.domain.policies import POLICIES
from shared.http.app import running_service
from shared.http.fields import Code, Day
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter(dependencies=[Depends(public)])
OurSite = Annotated[RunningService[Any], Depends(running_service("sla"))]
KnownDay = Annotated[Day, Query(ge=date(2015, 1, 1), le=date(2045, 12, 31))]
EXAMPLES_OF_ZONE = "IANA name or WIB, WITA, WIT"


class FiredStep(BaseModel):
    """A step of the ladder that has been taken; `escalation` counts the climbs from 1, and is 0 for a reminder."""

    step: int
    escalation: int
    agency: str
    fired_at: datetime


class ClockView(BaseModel):
    """A clock of a complaint."""

    name: str
    cycle: int
    agency: str
    zone: str = Field(description=EXAMPLES_OF_ZONE)
    started_at: datetime
    due_at: datetime
    limit_days: int
    unit: str
    policy_version: int
    state: str = Field(description="running, overdue, met, missed or transferred")
    stopped_at: datetime | None
    worked_days: float | None
    next_at: datetime | None
    steps: list[FiredStep]


class OverdueView(BaseModel):
    """A running clock past its limit; `step` is the highest climb so far."""

    complaint_id: UUID
    clock: str
    cycle: int
    agency: str
    agency_name: str | None
    due_at: datetime
    days_late: float
    step: int


class OverduePage(BaseModel):
    """A page of the list, oldest first; `next` is given as `after` to get the page behind it."""

    items: list[OverdueView]
    next: str | None


class IndicatorsView(BaseModel):
    """Indicators of the complaints filed from `first` to `last`, as they stand now; means are in working days."""

    agency: str | None
    first: date
    last: date
    received: int
    verified: int
    followed_up: int
    answered: int
    overdue: int
    mean_verification_days: float | None
    mean_follow_up_days: float | None
    mean_follow_up_days_with_unanswered: float | None
    escalations: dict[int, int]
    ombudsman_offers: int


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


class PolicyView(BaseModel):
    """The limits and the ladder in force from a day."""

    version: int
    effective_on: date
    source: str
    limits: list[LimitView]
    reminders: list[ReminderView]
    climbs: list[int]


@router.get("/complaints/{id}/clocks")
async def clocks(service: OurSite, id: UUID) -> list[ClockView]:
    found = await service.read(actions.clocks_of, id)
    return [ClockView.model_validate(clock) for clock in found]


@router.get("/overdue")
async def overdue(
    service: OurSite,
    agency: Code | None = None,
    region: Code | None = None,
    after: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> OverduePage:
    items, cursor = await service.read(actions.overdue, OverdueQuery(agency, region, after, limit))
    return OverduePage(items=[_late(item) for item in items], next=cursor)


@router.get("/indicators")
async def indicators(
    service: OurSite,
    agency: Code | None = None,
    first: Annotated[KnownDay | None, Query(alias="from")] = None,
    last: Annotated[KnownDay | None, Query(alias="to")] = None,
) -> IndicatorsView:
    return IndicatorsView.model_validate(await service.read(actions.indicators, Period(agency, first, last)))


@router.get("/policies")
async def policies() -> list[PolicyView]:
    return [PolicyView.model_validate(policy, from_attributes=True) for policy in _plain_policies()]


def _plain_policies() -> list[dict[str, Any]]:
    return [
        {
            "version": policy.version,
            "effective_on": policy.effective_on,
            "source": policy.source,
            "limits": [LimitView.model_validate(limit, from_attributes=True) for limit in policy.limits],
            "reminders": [ReminderView(percent=percent, roles=list(roles)) for percent, roles in policy.reminders],
            "climbs": list(policy.climbs),
        }
        for policy in POLICIES
    ]


def _late(item: dict[str, Any]) -> OverdueView:
    return OverdueView.model_validate({**item, "clock": item["name"]})
