"""The policies by which clocks are counted: for everyone to read, for the national administrator to publish."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.sla.actions import policies, reclockings
from services.sla.state import State
from shared.http.app import running_service
from shared.http.fields import Body, Code, Day, SingleLine
from shared.identity.callers import official, public
from shared.identity.officials import Official
from shared.service import RunningService
from shared.vocabulary import Classification, ClockName, Kind, Role, Tier

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]
Administrator = Annotated[Official, Depends(official("admin"))]
# What a clock may be counted in.
Unit = Literal["working", "calendar", "working_hours", "hours"]
Days = Annotated[int, Field(ge=1, le=1_000)]
EXAMPLE: JsonDict = {
    "effective_on": "2027-01-04",
    "source": "Perwali Surabaya 12/2026",
    "agency": "35.78",
    "limits": [{"clock": "follow_up", "days": 3, "unit": "working"}],
    "reminders": [{"percent": 50, "roles": ["liaison"]}, {"percent": 80, "roles": ["liaison", "coordinator"]}],
    "climbs": [0, 5, 10],
    "recurrence": {"working_days": 5, "calendar_days": 7},
}


class LimitView(BaseModel):
    """A limit of one clock, for one classification or kind where it depends on it."""

    clock: str
    classification: str | None
    kind: str | None
    days: int
    unit: str
    source: str
    extension: int = Field(description="By how many days at most an interim reply extends it.")


class ReminderView(BaseModel):
    """A percentage of a limit, and the roles reminded then."""

    percent: int
    roles: list[str]


class RecurrenceView(BaseModel):
    """After its last step a limit climbs again, each time after so many days, or hours, of its own unit."""

    working_days: int
    calendar_days: int
    hours: int
    working_hours: int


class PolicyView(BaseModel):
    """Limits and a ladder in force from a day, for the whole country or for the agencies of a tier or place."""

    version: int
    effective_on: date
    source: str
    tier: str | None
    agency: str | None
    region: str | None
    limits: list[LimitView]
    reminders: list[ReminderView]
    climbs: list[int]
    recurrence: RecurrenceView
    calendar_notice: str | None = Field(
        None, description="Why limits are provisional: a year's joint leave is not known."
    )


class EffectView(BaseModel):
    """What re-clocking by this policy would change, in open clocks."""

    clocks: int
    agencies: dict[str, int] = Field(description="Open clocks that would change, by the agency they run for.")
    most_days: dict[str, int] = Field(
        description="By unit, the most days by which a limit would move; negative: earlier."
    )
    kept: int = Field(description="Clocks that keep their policy: this one counts the steps they have taken otherwise.")


class NewLimit(Body):
    clock: ClockName
    classification: Classification | None = None
    kind: Kind | None = None
    days: Days = Field(description="In a unit of hours, so many hours; the climbs after it are in its unit, too.")
    unit: Unit
    extension: Annotated[int, Field(ge=0, le=1_000)] = Field(
        0, description="By how many days at most an interim reply extends it."
    )


class NewReminder(Body):
    percent: Annotated[int, Field(ge=1, le=99)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)]


class NewRecurrence(Body):
    working_days: Days
    calendar_days: Days
    hours: Days = 24
    working_hours: Days = 8


class NewPolicy(Body):
    """A new version. It replaces limits of the same clock, class, kind, tier and place from its day of effect on."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [EXAMPLE]})

    effective_on: Day = Field(description="Begins at midnight in the capital (WIB).")
    source: Annotated[SingleLine, Field(min_length=1, max_length=200)]
    tier: Tier | None = None
    agency: Code | None = Field(None, description="This agency and those below it.")
    region: Code | None = Field(None, description="This region and those in it.")
    field: Code | None = Field(None, description="Refused: the field of a complaint is not known where clocks run.")
    limits: Annotated[list[NewLimit], Field(min_length=1, max_length=100)]
    reminders: Annotated[list[NewReminder], Field(max_length=20)]
    climbs: Annotated[list[Annotated[int, Field(ge=0, le=1_000)]], Field(max_length=10)]
    recurrence: NewRecurrence


@router.get("/policies")
@public
async def list_policies(
    service: Sla,
    agency: Annotated[Code | None, Query(description="Only policies that hold at this agency.")] = None,
    clock: Annotated[ClockName | None, Query(description="Only policies with a limit of this clock.")] = None,
    date: Annotated[Day | None, Query(description="Only policies in force on this day and not replaced.")] = None,
) -> list[PolicyView]:
    found = await service.read(policies.list_policies, agency, clock, date)
    notice = {"calendar_notice": found.calendar_notice}
    return [PolicyView.model_validate(asdict(policy) | notice) for policy in found.policies]


@router.post("/policies", status_code=201, responses={200: {"model": EffectView, "description": "Of a dry run"}})
async def publish_policy(
    service: Sla,
    body: NewPolicy,
    who: Administrator,
    response: Response,
    dry_run: Annotated[bool, Query(description="Publish nothing; say which open clocks it would touch.")] = False,
) -> PolicyView | EffectView:
    """Publish a policy, which holds for clocks that start from its day of effect on. A policy is never changed."""
    limits = [{**limit.model_dump(), "source": body.source} for limit in body.limits]
    new = policies.draft(**{**body.model_dump(), "limits": limits})
    async with service.begin() as tx:
        if dry_run:
            response.status_code = 200
            return EffectView.model_validate(await reclockings.foresee(tx, new), from_attributes=True)
        published = await policies.publish_policy(tx, new, who.subject)
    return PolicyView.model_validate(asdict(published))
