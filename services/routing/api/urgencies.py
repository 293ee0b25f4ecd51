"""Danger to life: an official declares it, or says that there is none."""

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

Anyone = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin"))]


class Danger(Body):
    model_config = example(reason="Kabel listrik putus dan menjuntai di gerbang sekolah.")

    reason: Annotated[Prose, Field(min_length=10, max_length=2_000)] = Field(
        description="Shown publicly, unless the complaint is confidential: name no person."
    )


class NoDanger(Danger):
    model_config = example(reason="Petugas piket memeriksa kabel di gerbang sekolah: arusnya sudah diputus.")


@router.post("/complaints/{id}/urgencies", status_code=201, summary="Declare Urgent")
async def declare(service: Routing, id: UUID, body: Danger, who: Anyone, key: Key = None) -> ActResult:
    """Say that life is in danger: the duty officer is told at once, and a clock of hours begins."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.URGENCY, id, who, key, text=body.reason))


@router.post("/complaints/{id}/all-clears", status_code=201, summary="Give The All-Clear")
async def lift(service: Routing, id: UUID, body: NoDanger, who: Anyone, key: Key = None) -> ActResult:
    """Say that no life is in danger; the clock of hours stops."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.ALL_CLEAR, id, who, key, text=body.reason))
