"""The decision of an appeal, by the agency above whoever had ended the complaint."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Key, Routing, Text
from shared.http.fields import Body, Code, example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind

router = APIRouter()

Decider = Annotated[Official, Depends(official("coordinator", "leader", "admin"))]


class Upholding(Body):
    model_config = example(text="Inspektorat memeriksa lokasi: lubang itu belum ditutup.", agency="35.78.DPUPR")

    text: Text = Field(description="Why it is right and what is to be done. Reporter and holder read it.")
    agency: Code | None = Field(
        None, description="Who handles a verified complaint anew; without it, its former holder."
    )


class Dismissal(Body):
    model_config = example(text="Inspektorat memeriksa lokasi bersama warga: lubang itu sudah ditutup.")

    text: Text = Field(description="Why the end of the complaint stands. The reporter reads it.")


@router.post("/complaints/{id}/upholdings", status_code=201)
async def uphold(service: Routing, id: UUID, body: Upholding, who: Decider, key: Key = None) -> ActResult:
    """Uphold an appeal: the complaint begins anew, and climbs no lower than it had come."""
    request = requests.quiet(ActKind.UPHOLDING, id, who, key, text=body.text, agency=body.agency)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/dismissals", status_code=201)
async def dismiss(service: Routing, id: UUID, body: Dismissal, who: Decider, key: Key = None) -> ActResult:
    """Dismiss an appeal: the answer, or the archiving, stands."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.DISMISSAL, id, who, key, text=body.text))
