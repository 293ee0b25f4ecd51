"""Duplicates: merged into another complaint, and separated from it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Coordinator, Key, Routing
from shared.http.fields import Body, Prose, example
from shared.lifecycle.acts import ActKind

router = APIRouter()

Reason = Annotated[Prose, Field(min_length=1, max_length=2_000)]


class Merger(Body):
    model_config = example(
        merged_into="018f6b2e-7c41-7d02-9a55-3d1f0b6a9c10", reason="Kedua laporan tentang lampu jembatan yang sama."
    )

    merged_into: UUID = Field(description="The open complaint about the same matter whose answer this one will share.")
    reason: Reason = Field(description="For officials only.")


class Separation(Body):
    model_config = example(reason="Laporan ini tentang lampu di ujung lain jembatan.")

    reason: Reason = Field(description="For officials only.")


@router.post("/complaints/{id}/mergers", status_code=201)
async def merge(service: Routing, id: UUID, body: Merger, who: Coordinator, key: Key = None) -> ActResult:
    """Merge a duplicate into another complaint. Its limits pause until the answer, which its reporter gets as well."""
    request = requests.quiet(ActKind.MERGER, id, who, key, text=body.reason, merged_into=body.merged_into)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/separations", status_code=201)
async def separate(service: Routing, id: UUID, body: Separation, who: Coordinator, key: Key = None) -> ActResult:
    """Let a merged complaint go on by itself where it was; its limits go on with the time that they had left."""
    request = requests.quiet(ActKind.SEPARATION, id, who, key, text=body.reason)
    return await service.submit(acts.perform_acts, request)
