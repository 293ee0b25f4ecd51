"""The drafts of an answer, published or given back by the approver that the agency names."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Handler, Key, Routing
from shared.http.fields import Body, Prose, example
from shared.lifecycle.acts import ActKind

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=30_000, description="The number of the draft, as the complaint shows it.")]


class Rejection(Body):
    model_config = example(reason="Sebutkan sampai kapan persediaan obat cukup.")

    reason: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(
        description="For officials; everyone sees that the draft went back."
    )


@router.post("/complaints/{id}/drafts/{number}/approvals", status_code=201)
async def approve(service: Routing, id: UUID, number: Number, who: Handler, key: Key = None) -> ActResult:
    """Publish the answer in this draft, if its words have substance still."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.APPROVAL, id, who, key, number=number))


@router.post("/complaints/{id}/drafts/{number}/rejections", status_code=201)
async def reject(
    service: Routing, id: UUID, number: Number, body: Rejection, who: Handler, key: Key = None
) -> ActResult:
    """Give this draft back to its author, with the reason; the clock of the answer runs on."""
    request = requests.quiet(ActKind.REJECTION, id, who, key, text=body.reason, number=number)
    return await service.submit(acts.perform_acts, request)
