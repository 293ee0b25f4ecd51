"""The indicators of a period, for everyone."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.sla.actions import indicators
from services.sla.state import State
from shared.holidays import FIRST, LAST
from shared.http.app import running_service
from shared.http.fields import Code, Day
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter()
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]
KnownDay = Annotated[Day, Query(ge=FIRST, le=LAST)]


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
    appeals: int
    appeals_upheld: int
    appeals_dismissed: int
    appeals_overdue: int
    contests: int
    contests_upheld: int
    contests_dismissed: int
    contests_overdue: int
    referrals: int
    referrals_handed_over: int
    referrals_overdue: int


@router.get("/indicators")
@public
async def show_indicators(
    service: Sla,
    agency: Code | None = None,
    first: Annotated[KnownDay | None, Query(alias="from")] = None,
    last: Annotated[KnownDay | None, Query(alias="to")] = None,
) -> IndicatorsView:
    found = await service.read(indicators.indicators, indicators.Period(agency, first, last))
    return IndicatorsView.model_validate(found, from_attributes=True)
