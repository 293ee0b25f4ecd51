"""A complaint about several matters is split into parts, each for the agency that must answer it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions import parts as new_parts
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Coordinator, Key, Routing
from shared.http.fields import Body, Code, Prose, SingleLine, example
from shared.lifecycle.acts import ActKind
from shared.lifecycle.table import MOST_PARTS
from shared.vocabulary import Classification

router = APIRouter()


class Part(Body):
    agency: Code = Field(description="Who must answer this part.")
    classification: Classification
    title: Annotated[SingleLine, Field(min_length=1, max_length=200)]
    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(
        description="What this part is about; its holder and the reporter read it above the reporter's own words."
    )
    points: Annotated[list[Annotated[int, Field(ge=1, le=10)]], Field(max_length=10)] = Field(
        [], description="The points of the verification that this part must answer, by their numbers."
    )


EXAMPLE = [
    {
        "agency": "15.71.DPUPR",
        "classification": "complaint",
        "title": "Jalan berlubang di depan pasar",
        "text": "Lubang sedalam 20 cm di depan pintu timur pasar.",
    },
    {
        "agency": "15.71.DLH",
        "classification": "complaint",
        "title": "Sampah pasar tidak diangkut",
        "text": "Sampah menumpuk di belakang pasar sejak sepekan.",
    },
]


class Split(Body):
    model_config = example(parts=EXAMPLE, reason="Laporan menyangkut dua hal yang ditangani dua dinas.")

    parts: Annotated[list[Part], Field(min_length=2, max_length=MOST_PARTS)]
    reason: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(description="The reporter reads it.")


@router.post("/complaints/{id}/splits", status_code=201)
async def split(service: Routing, id: UUID, body: Split, who: Coordinator, key: Key = None) -> ActResult:
    """Split a complaint into parts, each with holder, class and limits of its own; it ends with the last of them.

    The reporter follows the parts with the PIN of the whole. The limits of the whole go on in its parts.
    """
    words, parts = new_parts.wanted([part.model_dump() for part in body.parts], body.reason)
    request = requests.quiet(ActKind.SPLIT, id, who, key, text=words, parts=parts)
    return await service.submit(acts.perform_acts, request)
