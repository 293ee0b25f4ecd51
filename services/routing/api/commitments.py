"""The days that an agency names: what it promises, keeps or moves once, and an answer that needs longer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.requests import ActResult
from services.routing.api.acts import PUBLIC, Handler, Key, Promise, Routing, Words
from shared.http.fields import Body, Day, example
from shared.lifecycle.acts import ActKind

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=30_000, description="The number of the promise, as its making returned it.")]


class InterimReply(Body):
    model_config = example(
        reason="Hasil uji laboratorium aspal baru keluar pekan depan, sehingga perbaikan belum dapat dinilai.",
        due_on="2027-02-12",
    )

    reason: Words = Field(description=PUBLIC)
    due_on: Day = Field(description="The day by which the answer will come: a working day, at most sixty ahead.")


class Fulfilment(Body):
    model_config = example(text="Penambalan sepanjang 60 meter selesai pada hari Kamis.")

    text: Words = Field(description=PUBLIC)


class Postponement(Body):
    model_config = example(due_on="2027-02-19", reason="Hujan tiga hari menunda penghamparan aspal.")

    due_on: Day = Field(description="A working day, at most sixty working days ahead.")
    reason: Words = Field(description=PUBLIC)


@router.post("/complaints/{id}/interim-replies", status_code=201)
async def reply_in_the_meantime(
    service: Routing, id: UUID, body: InterimReply, who: Handler, key: Key = None
) -> ActResult:
    """Tell why the answer needs longer, and its day (jawaban sementara): once in each cycle, before the limit passes.

    The limit of the resolution is extended towards that day, by no more than its policy allows. No clock stops.
    """
    request = requests.quiet(ActKind.INTERIM, id, who, key, text=body.reason, due_on=body.due_on)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/promises", status_code=201)
async def promise(service: Routing, id: UUID, body: Promise, who: Handler, key: Key = None) -> ActResult:
    """Promise something until the end of a day. The promise has a clock of its own, which the answer does not stop."""
    request = requests.promise(id, who, key, promised=body.promised)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/promises/{number}/fulfilments", status_code=201)
async def fulfil(
    service: Routing, id: UUID, number: Number, body: Fulfilment, who: Handler, key: Key = None
) -> ActResult:
    """Tell that a promise was kept, and how."""
    request = requests.quiet(ActKind.FULFILMENT, id, who, key, text=body.text, number=number)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/promises/{number}/postponements", status_code=201)
async def postpone(
    service: Routing, id: UUID, number: Number, body: Postponement, who: Handler, key: Key = None
) -> ActResult:
    """Move a promise to another day, once and before its day has passed, with the reason."""
    request = requests.postponement(id, who, key, number=number, due_on=body.due_on, reason=body.reason)
    return await service.submit(acts.perform_acts, request)
