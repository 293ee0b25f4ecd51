"""Sensitive complaints: an official declares one, or a named seat lifts that."""

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
Seat = Annotated[Official, Depends(official("liaison", "coordinator", "leader"))]


class Sensitivity(Body):
    model_config = example(reason="Pelapor menyebut seorang anak yang dianiaya di rumahnya.")

    reason: Annotated[Prose, Field(min_length=10, max_length=2_000)] = Field(
        description="For the reporter and the named seats; never public."
    )


class Disclosure(Sensitivity):
    model_config = example(reason="Laporan menyangkut pagar sekolah; tidak ada anak yang dianiaya.")


@router.post("/complaints/{id}/sensitivities", status_code=201, summary="Declare Sensitive")
async def declare(service: Routing, id: UUID, body: Sensitivity, who: Anyone, key: Key = None) -> ActResult:
    """Declare a complaint sensitive: from now on only named seats may know of it, and it is in no public list."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.SENSITIVITY, id, who, key, text=body.reason))


@router.post("/complaints/{id}/disclosures", status_code=201, summary="Disclose")
async def lift(service: Routing, id: UUID, body: Disclosure, who: Seat, key: Key = None) -> ActResult:
    """Say as a named seat that a complaint is sensitive no longer. What was said of it until now stays hidden."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.DISCLOSURE, id, who, key, text=body.reason))
