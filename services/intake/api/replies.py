"""Reporters write to the agency that handles their complaints, with the PIN."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.intake.actions import replies
from services.intake.actions.reporters import ReporterRequest
from services.intake.api.complaints import Intake
from services.intake.api.reporters import Taken
from shared.identity.callers import reporter
from shared.vocabulary import REPLY

router = APIRouter()


@router.post("/complaints/{reference}/replies", status_code=202)
async def reply(
    reference: str,
    new: replies.NewReply,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Taken:
    """Tell the agency something about the complaint, for whoever holds its PIN; at most twenty times."""
    response.headers["Cache-Control"] = "no-store"
    request = ReporterRequest(reference, pin, REPLY, new.text)
    return Taken.model_validate(await service.submit(replies.take_replies, request))
