"""Events of joint handling, said by routing: a supporting unit is asked to contribute by a day, and contributes.

A complaint's requests count from 1. Both events say when a unit was asked and for which day, so that one which comes
before the other is enough to know it. What is asked and contributed is for officials alone, and in no event.
"""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef
from shared.events.envelope import Fact


class ContributionRequested(Fact, source="routing"):
    """The `holder` asks the agency to contribute until the end of the day `due_on`."""

    complaint_id: UUID
    agency: AgencyRef
    holder: str
    number: int
    asked_at: AwareDatetime
    due_on: date
    again: bool = False


class ContributionGiven(Fact, source="routing"):
    """The agency has contributed what it was asked; `holder` leads the handling."""

    complaint_id: UUID
    agency: AgencyRef
    holder: str
    number: int
    asked_at: AwareDatetime
    due_on: date
    again: bool = False
