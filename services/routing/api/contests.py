"""The judgement of a contest, by the agency above whoever has followed up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Key, Routing, Text
from shared.http.fields import Body, example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind

router = APIRouter()

Judge = Annotated[Official, Depends(official("coordinator", "leader", "admin"))]


class Annulment(Body):
    model_config = example(text="Tindak lanjut itu tidak menyebut apa yang dikerjakan; petugas belum ke lokasi.")

    text: Text = Field(description="Why the follow-up counts as not done. Reporter and holder read it.")


class Confirmation(Body):
    model_config = example(text="Dinas sudah memeriksa lokasi pada hari Senin dan memesan suku cadangnya.")

    text: Text = Field(description="Why the follow-up stands. Reporter and holder read it.")


@router.post("/complaints/{id}/annulments", status_code=201)
async def annul(service: Routing, id: UUID, body: Annulment, who: Judge, key: Key = None) -> ActResult:
    """Uphold a contest: the follow-up counts as not done, and its limit goes on as if it had never stopped."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.ANNULMENT, id, who, key, text=body.text))


@router.post("/complaints/{id}/confirmations", status_code=201)
async def confirm(service: Routing, id: UUID, body: Confirmation, who: Judge, key: Key = None) -> ActResult:
    """Dismiss a contest: the follow-up stands."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.CONFIRMATION, id, who, key, text=body.text))
