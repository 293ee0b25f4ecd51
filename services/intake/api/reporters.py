"""What reporters do, with the PIN: withdraw, complete, accept, dispute, reopen, appeal, contest, consent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.intake.actions import reporters
from services.intake.actions.reporters import ReporterRequest
from services.intake.api.complaints import Answer, Intake
from services.intake.state import State
from shared.identity.callers import reporter
from shared.reporters import (
    ACCEPTANCE,
    COMPLETION,
    CONSENT,
    DISPUTE,
    REOPENING,
    TO_APPEAL,
    TO_CONTEST,
    WITHDRAWAL,
    ReporterAct,
)
from shared.service import RunningService

router = APIRouter()


class Taken(Answer):
    """An act of the reporter that was taken; whether it is done is said in the timeline."""

    tracking_reference: str
    act: ReporterAct
    at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """The door to one complaint, for whoever holds its PIN."""

    reference: str
    pin: str
    service: RunningService[State]

    def request(self, act: ReporterAct, words: str | None = None) -> ReporterRequest:
        return ReporterRequest(self.reference, self.pin, act, words)

    async def take(self, act: ReporterAct, words: str | None = None) -> Taken:
        return Taken.model_validate(await self.service.submit(reporters.take_acts, self.request(act, words)))


async def door_of(reference: str, response: Response, service: Intake, pin: Annotated[str, Depends(reporter)]) -> Door:
    """The door to this complaint; nobody on the way may keep the answer."""
    response.headers["Cache-Control"] = "no-store"
    return Door(reference, pin, service)


OfReporter = Annotated[Door, Depends(door_of)]


@router.post("/complaints/{reference}/withdrawals", status_code=202)
async def withdraw(door: OfReporter, new: reporters.NewWithdrawal) -> Taken:
    """Take the complaint back, for whoever holds its PIN; a repeated request gives the same answer."""
    return await door.take(WITHDRAWAL, new.text)


@router.post("/complaints/{reference}/acceptances", status_code=202)
async def accept(door: OfReporter, new: reporters.NewAcceptance) -> Taken:
    """Accept the answer, which closes the complaint."""
    return await door.take(ACCEPTANCE)


@router.post("/complaints/{reference}/disputes", status_code=202)
async def dispute(door: OfReporter, new: reporters.NewReason) -> Taken:
    """Dispute the answer: the agency must go on. A dispute that comes before an automatic closing undoes it."""
    return await door.take(DISPUTE, new.reason)


@router.post("/complaints/{reference}/reopenings", status_code=202)
async def reopen(door: OfReporter, new: reporters.NewReopening) -> Taken:
    """Reopen what was archived, or closed without the reporter, within ten working days."""
    return await door.take(REOPENING, new.reason)


@router.post("/complaints/{reference}/appeals", status_code=202)
async def appeal(door: OfReporter, new: reporters.NewAppeal) -> Taken:
    """Appeal once, to the agency above, against an answer, a closing or an archiving, within ten working days."""
    return await door.take(TO_APPEAL, new.reason)


@router.post("/complaints/{reference}/contests", status_code=202)
async def contest(door: OfReporter, new: reporters.NewContest) -> Taken:
    """Contest the last follow-up, once, because it says nothing; the agency above judges it."""
    return await door.take(TO_CONTEST, new.reason)


@router.post("/complaints/{reference}/consents", status_code=202)
async def consent(door: OfReporter, new: reporters.NewConsent) -> Taken:
    """Have the complaint referred to the Ombudsman, which was offered; the agency goes on handling it."""
    return await door.take(CONSENT)


@router.post("/complaints/{reference}/completions", status_code=202)
async def complete(door: OfReporter, new: reporters.NewCompletion) -> Taken:
    """Answer what was asked while the complaint is on hold, for whoever holds its PIN; each question once."""
    return await door.take(COMPLETION, new.text)
