"""The second look of the agency above at an answer that is in the sample."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Key, Routing
from services.routing.api.notes import Front
from shared.http.fields import Body, Prose, example
from shared.lifecycle.acts import ActKind

router = APIRouter()


class Endorsement(Body):
    model_config = example(text="Foto perbaikan dan keterangan pelapor sesuai.")

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = Field(
        None, description="For officials only."
    )


class Remand(Body):
    model_config = example(reason="Jawaban tidak menyebutkan kapan lampu di sisi utara jembatan diperbaiki.")

    reason: Annotated[Prose, Field(min_length=20, max_length=2_000)] = Field(
        description="What the answer lacks; its reporter and the officials read it."
    )


@router.post("/complaints/{id}/endorsements", status_code=201)
async def endorse(service: Routing, id: UUID, body: Endorsement, who: Front, key: Key = None) -> ActResult:
    """Find an answer in order, as a coordinator above its agency."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.ENDORSEMENT, id, who, key, text=body.text))


@router.post("/complaints/{id}/remands", status_code=201)
async def send_back(service: Routing, id: UUID, body: Remand, who: Front, key: Key = None) -> ActResult:
    """Send an answer back, as a coordinator above its agency: the complaint is open again, with a limit of its own."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.REMAND, id, who, key, text=body.reason))
