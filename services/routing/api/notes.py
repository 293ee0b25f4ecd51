"""What officials do with a complaint that changes no state of it: notes, obstacles, orders, corrections, calls."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.routing.actions import acts, corrections, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Coordinator, Handler, Key, Routing
from shared.http.fields import Body, Code, Prose, SingleLine, example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import Classification, Kind

router = APIRouter()

Anyone = Annotated[Official, Depends(official("liaison", "coordinator", "leader", "admin"))]
Leader = Annotated[Official, Depends(official("leader"))]
Front = Annotated[Official, Depends(official("liaison", "coordinator"))]


class Note(Body):
    model_config = example(text="Sudah dua laporan dari jembatan ini; periksa panelnya.")

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(
        description="For the officials of the chain only: shown to no reporter and in no timeline."
    )


class Obstacle(Body):
    model_config = example(reason="Kabel pengganti baru tiba pekan depan.")

    reason: Annotated[SingleLine, Field(min_length=1, max_length=500)] = Field(
        description="Shown publicly, unless the complaint is confidential: name no person. No clock stops."
    )


class Order(Body):
    model_config = example(text="Selesaikan sebelum akhir pekan dan laporkan kepada saya.")

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(
        description="For officials; everyone sees that an order was given."
    )


class Acknowledgement(Body):
    model_config = example(text="Siap, regu berangkat besok pagi.")

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = None


class Contact(Body):
    model_config = example(text="Pelapor ditelepon; jawaban dibacakan dan dipahami.")

    text: Annotated[Prose, Field(min_length=10, max_length=2_000)] = Field(
        description="What was said, for the officials of the chain only."
    )


class Correction(Body):
    model_config = example(title="Lampu Jembatan Merah padam", reason="Judul semula tidak menyebut tempatnya.")

    title: Annotated[SingleLine, Field(min_length=1, max_length=200)] | None = None
    kind: Kind | None = None
    classification: Classification | None = Field(
        None, description="Of a verified complaint; the limits that depend on it are reckoned anew."
    )
    field: Code | None = Field(None, description="The field of government that the matter belongs to.")
    region: Code | None = Field(None, description="The regency, city or province where the matter lies.")
    reason: Annotated[SingleLine, Field(min_length=1, max_length=500)]


@router.post("/complaints/{id}/notes", status_code=201)
async def note(service: Routing, id: UUID, body: Note, who: Anyone, key: Key = None) -> ActResult:
    """Write a note for the other officials."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.NOTE, id, who, key, text=body.text))


@router.post("/complaints/{id}/obstacles", status_code=201)
async def obstacle(service: Routing, id: UUID, body: Obstacle, who: Handler, key: Key = None) -> ActResult:
    """Tell the reporter and the public what keeps the agency from going on."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.OBSTACLE, id, who, key, text=body.reason))


@router.post("/complaints/{id}/orders", status_code=201)
async def order(service: Routing, id: UUID, body: Order, who: Leader, key: Key = None) -> ActResult:
    """Order the agency that holds a complaint to do something (arahan), as its leader or one above."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.ORDER, id, who, key, text=body.text))


@router.post("/complaints/{id}/acknowledgements", status_code=201)
async def acknowledge(service: Routing, id: UUID, body: Acknowledgement, who: Front, key: Key = None) -> ActResult:
    """Confirm that a leader's order is known and will be carried out."""
    return await service.submit(
        acts.perform_acts, requests.quiet(ActKind.ACKNOWLEDGEMENT, id, who, key, text=body.text)
    )


@router.post("/complaints/{id}/corrections", status_code=201)
async def correct(service: Routing, id: UUID, body: Correction, who: Coordinator, key: Key = None) -> ActResult:
    """Correct title, kind, class, field or region, with the reason. What the reporter wrote stays as it is."""
    request = corrections.correction(service.state, id, who, key, **body.model_dump())
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/contacts", status_code=201)
async def contact(service: Routing, id: UUID, body: Contact, who: Front, key: Key = None) -> ActResult:
    """Record that the reporter, whom no notice has reached, was told of the answer; a new window begins."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.CONTACT, id, who, key, text=body.text))
