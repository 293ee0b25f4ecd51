"""Joint handling: the holder asks supporting units to contribute, and they do; the holder gives the one answer."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Handler, Key, Routing
from shared.http.fields import Body, Code, Day, Prose, example
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ArchiveReason

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=30_000, description="The number of the request, as its making returned it.")]
Internal = Annotated[Prose, Field(min_length=1, max_length=5_000, description="For officials only.")]


class ContributionRequest(Body):
    model_config = example(agency="35.78.DISHUB", due_on="2027-02-19", text="Mohon data lampu lalu lintas di lokasi.")

    agency: Code = Field(description="The unit that is to contribute; it reads the complaint from now on.")
    due_on: Day = Field(description="A working day, at most sixty working days ahead.")
    text: Internal


class Contribution(Body):
    model_config = example(text="Lampu di lokasi itu padam sejak 3 Februari dan diganti besok.")

    text: Internal


@router.post("/complaints/{id}/contribution-requests", status_code=201, summary="Ask To Contribute")
async def ask(service: Routing, id: UUID, body: ContributionRequest, who: Handler, key: Key = None) -> ActResult:
    """Ask a supporting unit to contribute until the end of a day. No limit of the holder stops meanwhile."""
    # On record the unit stands where an archiving has its code.
    unit = cast(ArchiveReason, body.agency)
    about = {"reason": unit, "due_on": body.due_on}
    request = requests.quiet(ActKind.CONTRIBUTION_REQUEST, id, who, key, text=body.text, **about)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/contribution-requests/{number}/contributions", status_code=201)
async def contribute(
    service: Routing, id: UUID, number: Number, body: Contribution, who: Handler, key: Key = None
) -> ActResult:
    """Contribute to the handling of another unit; more may follow. The reporter reads the holder's answer alone."""
    request = requests.quiet(ActKind.CONTRIBUTION, id, who, key, text=body.text, number=number)
    return await service.submit(acts.perform_acts, request)
