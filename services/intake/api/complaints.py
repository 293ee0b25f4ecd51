"""The citizen's door over HTTP: file a complaint, file many, follow one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.actions import complaints, filings, timelines
from services.intake.errors import OneKeyForMany
from services.intake.state import State
from shared import vocabulary
from shared.http.app import running_service
from shared.http.fields import IDEMPOTENCY_KEY, Body, example
from shared.identity.callers import official, public, reporter
from shared.identity.officials import Official
from shared.reporters import OfferedAct
from shared.service import RunningService

router = APIRouter()
Intake = Annotated[RunningService[State], Depends(running_service("intake"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=IDEMPOTENCY_KEY)]
# The header is read only to refuse it: its sender would believe that a second try files nothing twice.
RefusedKey = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]
Sender = Annotated[Official, Depends(official("integration", "admin", "coordinator"))]


class Answer(BaseModel):
    """An answer, whose fields are attributes of the outcome of an action."""

    model_config = ConfigDict(from_attributes=True)


class Filed(Answer):
    """The receipt; the PIN is shown this once."""

    id: UUID
    tracking_reference: str
    pin: str
    filed_at: datetime


class TimelineEntry(Answer):
    """One event; `words` are an official's, None where there are none or they are confidential."""

    at: datetime
    type: str
    sentence: str
    words: str | None


class MainComplaint(Answer):
    """A complaint into which another was merged, with the official label of its state."""

    tracking_reference: str
    state: vocabulary.State
    status: str


class PartOfComplaint(Answer):
    """A part of a complaint, with the official label of its state; its `title` is for the reporter alone."""

    tracking_reference: str
    title: str | None
    state: vocabulary.State
    status: str
    holder: str | None
    overdue: bool
    timeline: Sequence[TimelineEntry]


class PublicTimeline(Answer):
    """The status of a complaint, by its official label, and all its events.

    One that is merged shares the answer to its `main` complaint. One that was split is dealt with in its `parts`, each
    of which names the `whole`.
    """

    tracking_reference: str
    kind: str
    filed_at: datetime
    status: str
    holder: str | None
    overdue: bool
    step: int
    main: MainComplaint | None
    whole: str | None
    parts: Sequence[PartOfComplaint]
    timeline: Sequence[TimelineEntry]


class WholeComplaint(PublicTimeline):
    """A complaint as its reporter filed it, its status and its events with all words."""

    id: UUID
    channel: str
    region: str | None
    agency: str | None
    anonymous: bool
    confidential: bool
    title: str | None
    text: str | None = Field(description="Empty where it cannot be opened.")
    address: str | None
    happened_at: datetime | None
    allowed: Sequence[OfferedAct] = Field(description="What its reporter may do with it now.")
    question: str | None = Field(description="What its reporter is asked, while the complaint is on hold.")
    answer_by: datetime | None = Field(description="Until when the question must be answered, once that is known.")
    reopen_until: datetime | None = Field(
        description="Until when its reporter may reopen it, or appeal, after its end."
    )


class NewComplaints(Body):
    """Complaints that are filed together: all of them or none."""

    model_config = example(
        complaints=[
            {
                "idempotency_key": "surat-2027-0041",
                "channel": "letter",
                "region": "35.78",
                "text": "Lampu jalan di depan balai warga padam sejak sebulan.",
            }
        ]
    )

    complaints: Annotated[list[filings.NumberedComplaint], Field(min_length=1, max_length=1_000)]


def answer_of(receipt: complaints.Receipt, response: Response) -> Filed:
    """The answer to a filing, which holds a secret and is therefore kept by no cache."""
    response.headers["Location"] = f"/intake/complaints/{receipt.tracking_reference}"
    response.headers["Cache-Control"] = "no-store"
    return Filed.model_construct(
        id=receipt.id, tracking_reference=receipt.tracking_reference, pin=receipt.pin, filed_at=receipt.filed_at
    )


@router.post("/complaints", status_code=201)
@public
async def file_complaint(
    new: filings.NewComplaint, response: Response, service: Intake, idempotency_key: Key = None
) -> Filed:
    """File one complaint. It is durable when this answers; the same Idempotency-Key gives the same answer."""
    filing = filings.filing_of(new, idempotency_key, service.now())
    return answer_of(await service.submit(complaints.file_complaints, filing), response)


@router.post("/complaints:batch", status_code=201)
async def file_complaints(
    body: NewComplaints, response: Response, service: Intake, who: Sender, one_key: RefusedKey = None
) -> list[Filed]:
    """File up to 1,000 complaints, all or nothing, each once for its `idempotency_key`; the receipts in their order."""
    if one_key is not None:
        raise OneKeyForMany(field="Idempotency-Key")
    listed = filings.filings_of(body.complaints, who.subject, service.now())
    response.headers["Cache-Control"] = "no-store"
    return [Filed.model_validate(receipt) for receipt in await service.submit(complaints.file_lists, listed)]


@router.get("/complaints/{reference}")
async def read_complaint(
    reference: str, response: Response, service: Intake, pin: Annotated[str, Depends(reporter)]
) -> WholeComplaint:
    """The whole complaint, for whoever holds its PIN."""
    view = await service.read(timelines.read_complaint, reference, pin)
    response.headers["Cache-Control"] = "no-store"
    return WholeComplaint.model_validate({**_fields(view.case), **_fields(view)})


@router.get("/complaints/{reference}/timeline")
@public
async def read_timeline(reference: str, service: Intake) -> PublicTimeline:
    """The status of a complaint, its holder and all its events; never who reported."""
    return PublicTimeline.model_validate(await service.read_together(timelines.read_timelines, reference))


def _fields(view: object) -> dict[str, object]:
    return {name: getattr(view, name) for name in type(view).__slots__}  # type: ignore[attr-defined]
