"""What reporters do with their complaints, with the PIN: withdraw, complete, accept, dispute, reopen."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.intake.actions import reporters
from services.intake.api.complaints import Answer, Intake
from shared.identity.callers import reporter
from shared.vocabulary import ACCEPTANCE, COMPLETION, DISPUTE, REOPENING, WITHDRAWAL, ReporterAct

router = APIRouter()


class Taken(Answer):
    """An act of the reporter that was taken; whether it is done is said in the timeline."""

    tracking_reference: str
    act: ReporterAct
    at: datetime


@router.post("/complaints/{reference}/withdrawals", status_code=202)
async def withdraw(
    reference: str,
    new: reporters.NewWithdrawal,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Take the complaint back, for whoever holds its PIN; a repeated request gives the same answer."""
    return await _take(service, response, reporters.ReporterRequest(reference, pin, WITHDRAWAL, new.text))


@router.post("/complaints/{reference}/acceptances", status_code=202)
async def accept(
    reference: str,
    new: reporters.NewAcceptance,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Accept the answer, which closes the complaint."""
    return await _take(service, response, reporters.ReporterRequest(reference, pin, ACCEPTANCE))


@router.post("/complaints/{reference}/disputes", status_code=202)
async def dispute(
    reference: str,
    new: reporters.NewReason,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Dispute the answer: the agency must go on. A dispute that comes before an automatic closing undoes it."""
    return await _take(service, response, reporters.ReporterRequest(reference, pin, DISPUTE, new.reason))


@router.post("/complaints/{reference}/reopenings", status_code=202)
async def reopen(
    reference: str,
    new: reporters.NewReason,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Reopen what was archived, or closed without the reporter, within ten working days."""
    return await _take(service, response, reporters.ReporterRequest(reference, pin, REOPENING, new.reason))


@router.post("/complaints/{reference}/completions", status_code=202)
async def complete(
    reference: str,
    new: reporters.NewCompletion,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Answer what was asked while the complaint is on hold, for whoever holds its PIN; each question once."""
    request = reporters.ReporterRequest(reference, pin, COMPLETION, new.text)
    response.headers["Cache-Control"] = "no-store"
    return Taken.model_validate(await service.submit(reporters.take_acts, request))


async def _take(service: Intake, response: Response, request: reporters.ReporterRequest) -> Taken:
    response.headers["Cache-Control"] = "no-store"
    return Taken.model_validate(await service.submit(reporters.take_acts, request))
