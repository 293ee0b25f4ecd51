"""The door by which an official's own system acknowledges a message."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.notify.actions import acknowledgements
from services.notify.actions.acknowledgements import Acknowledgement, AcknowledgementRequest
from services.notify.state import State
from shared.http.app import running_service
from shared.http.paging import LARGEST_ID
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()
Notify = Annotated[RunningService[State], Depends(running_service("notify"))]


@router.post("/messages/{id}/acknowledgement")
async def acknowledge_message(
    service: Notify,
    caller: Annotated[Official, Depends(official("leader", "coordinator"))],
    id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
) -> Acknowledgement:
    """Say that a message to a seat of the caller's agency is known; the first acknowledgement counts."""
    request = AcknowledgementRequest(id, caller)
    return await service.submit(acknowledgements.acknowledge_messages, request)
