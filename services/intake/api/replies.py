"""Reporters write to the agency that handles their complaints, with the PIN."""

from fastapi import APIRouter

from services.intake.actions import replies
from services.intake.api.reporters import OfReporter, Taken
from shared.reporters import REPLY

router = APIRouter()


@router.post("/complaints/{reference}/replies", status_code=202)
async def reply(door: OfReporter, new: replies.NewReply) -> Taken:
    """Tell the agency something about the complaint, for whoever holds its PIN; at most twenty times."""
    return Taken.model_validate(await door.service.submit(replies.take_replies, door.request(REPLY, new.text)))
