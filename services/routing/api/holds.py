"""What officials ask a reporter, and how they go on without the answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Key, Routing
from shared.http.fields import Body, Prose, example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind

router = APIRouter()

Asker = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin"))]


class Holding(Body):
    model_config = example(question="Di depan rumah nomor berapa letak saluran yang tersumbat?")

    question: Annotated[Prose, Field(min_length=20, max_length=2_000)] = Field(
        description="For the reporter and the officials of the case; everyone sees that a question was asked."
    )


class Resumption(Body):
    model_config = example(reason="Letak saluran telah ditemukan petugas di lapangan.")

    reason: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = Field(
        None, description="For officials only."
    )


@router.post("/complaints/{id}/holdings", status_code=201)
async def hold(service: Routing, id: UUID, body: Holding, who: Asker, key: Key = None) -> ActResult:
    """Ask the reporter something. The limits of the handling pause until the answer, or until the hold ends."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.HOLDING, id, who, key, text=body.question))


@router.post("/complaints/{id}/resumptions", status_code=201)
async def resume(service: Routing, id: UUID, body: Resumption, who: Asker, key: Key = None) -> ActResult:
    """Go on without the reporter's answer; the limits go on with the time that they had left."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.RESUMPTION, id, who, key, text=body.reason))
