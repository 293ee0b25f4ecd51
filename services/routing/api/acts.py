"""What officials do with a complaint, each act a thing created."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.drafts import Promised
from services.routing.actions.requests import ActResult
from services.routing.state import State
from shared.http.app import running_service
from shared.http.fields import IDEMPOTENCY_KEY, Body, Code, Day, Prose, SingleLine, example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService
from shared.vocabulary import ChosenReason, Classification

router = APIRouter()

Routing = Annotated[RunningService[State], Depends(running_service("routing"))]
Coordinator = Annotated[Official, Depends(official("coordinator", "admin"))]
Forwarder = Annotated[Official, Depends(official("coordinator", "admin", "liaison"))]
Handler = Annotated[Official, Depends(official("liaison", "coordinator", "leader"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=IDEMPOTENCY_KEY)]
Text = Annotated[Prose, Field(min_length=1, max_length=10_000)]
Point = Annotated[SingleLine, Field(min_length=1, max_length=300)]
Words = Annotated[Prose, Field(min_length=20, max_length=2_000)]
PointAnswer = Annotated[Prose, Field(max_length=2_000)]
PUBLIC = "Shown publicly, unless the complaint is confidential: name no person."


class Verification(Body):
    model_config = example(
        classification="complaint", points=["Lampu jembatan padam", "Petugas tidak menjawab telepon"]
    )

    classification: Classification
    agency: Code | None = Field(None, description="Another agency than the one proposed.")
    note: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = Field(
        None, description="For officials only."
    )
    points: Annotated[list[Point], Field(max_length=10)] = Field(
        [], description="What the complaint raises, a line each; the answer must deal with each. The reporter reads it."
    )


class Forward(Body):
    model_config = example(agency="35.78.DISHUB", reason="Lampu jalan adalah urusan Dinas Perhubungan.")

    agency: Code | None = Field(None, description="Where it goes; without it, back to the verifier.")
    reason: Annotated[SingleLine, Field(min_length=1, max_length=500)] = Field(
        description="Shown publicly, unless the complaint is confidential: name no person."
    )


class FollowUp(Body):
    model_config = example(text="Teknisi memeriksa panel lampu jembatan; kabel utama terputus dan dipesan hari ini.")

    text: Text
    next_date: Day | None = Field(
        None, description="Until when there will be news: at most ten working days ahead, which is the default."
    )


class Promise(Body):
    model_config = example(
        what="Penambalan jalan sepanjang 60 meter dengan aspal hotmix.",
        due_on="2027-02-12",
        by_whom="Bidang Bina Marga",
    )

    what: Words = Field(description=PUBLIC)
    due_on: Day = Field(description="A working day, at most sixty working days ahead.")
    by_whom: Annotated[SingleLine, Field(min_length=1, max_length=200)] = Field(
        description="The unit or the seat that will do it; shown as the promise is."
    )

    @property
    def promised(self) -> Promised:
        return Promised(self.what, self.by_whom, self.due_on)


class Answer(Body):
    model_config = example(
        text="Kabel utama telah diganti; seluruh lampu jembatan menyala sejak Selasa malam.",
        points=["Dua belas lampu menyala.", "Nomor piket kini dijawab sepanjang hari."],
    )

    text: Text
    points: Annotated[list[PointAnswer], Field(max_length=10)] = Field(
        [], description="What is said of each point that the verification listed, in their order."
    )
    promise: Promise | None = Field(
        None,
        description="What will still be done, with a day; it has a clock of its own, which the answer does not stop.",
    )


class Archiving(Body):
    model_config = example(
        reason="no_authority", text="Pengelolaan jembatan ini ada pada perusahaan swasta, bukan pemerintah."
    )

    reason: ChosenReason
    text: Annotated[Prose, Field(min_length=20, max_length=10_000)] = Field(
        description="Tells the reporter why; shown publicly, unless the complaint is confidential."
    )


@router.post("/complaints/{id}/verifications", status_code=201)
async def verify(service: Routing, id: UUID, body: Verification, who: Coordinator, key: Key = None) -> ActResult:
    """Verify, classify and dispose: to the agency proposed or another."""
    request = requests.verification(
        id, who, key, classification=body.classification, agency=body.agency, note=body.note, points=body.points
    )
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/forwards", status_code=201)
async def forward(service: Routing, id: UUID, body: Forward, who: Forwarder, key: Key = None) -> ActResult:
    """Pass a complaint on, or as its holder's liaison give it back, with the reason."""
    request = requests.forward(id, who, key, agency=body.agency, reason=body.reason)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/follow-ups", status_code=201)
async def follow_up(service: Routing, id: UUID, body: FollowUp, who: Handler, key: Key = None) -> ActResult:
    """Tell the reporter what was done, and until when there will be news. Words without substance are refused."""
    request = requests.follow_up(id, who, key, text=body.text, next_date=body.next_date)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/answers", status_code=201)
async def answer(service: Routing, id: UUID, body: Answer, who: Handler, key: Key = None) -> ActResult:
    """Give the final answer; a follow-up need not have come before. Words without substance are refused.

    Where the agency names an approver, the answer of anyone below is a draft, which nobody reads before its approval.
    What it promises is promised with its publication.
    """
    promised = body.promise.promised if body.promise else None
    request = requests.answer(id, who, key, text=body.text, points=body.points, promised=promised)
    return await service.submit(acts.perform_acts, request)


@router.post("/complaints/{id}/archivings", status_code=201)
async def archive(service: Routing, id: UUID, body: Archiving, who: Coordinator, key: Key = None) -> ActResult:
    """End a complaint without an answer, and tell its reporter why."""
    return await service.submit(acts.perform_acts, requests.archiving(id, who, key, reason=body.reason, text=body.text))
