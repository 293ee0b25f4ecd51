"""The citizen's door over HTTP: file a complaint, file many, follow one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import actions
from services.intake.actions.narrative import filings_of
from shared.errors import Invalid
from shared.http.app import running_service
from shared.http.fields import IDEMPOTENCY_KEY, Body
from shared.identity.callers import official, public, reporter
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()
Here = Annotated[RunningService[Any], Depends(running_service("intake"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=IDEMPOTENCY_KEY)]
# Taken only to be refused: whoever sent it would believe that a second try files nothing twice.
NoKey = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]
Sender = Annotated[Official, Depends(official("integration", "admin", "coordinator"))]


class OneKeyForMany(Invalid):
    """Complaints filed together have a key each: give every complaint its idempotency_key, without this header."""

    indonesian = "Laporan yang dikirim bersama punya kunci masing-masing: isi idempotency_key-nya, tanpa header ini."


class Answer(BaseModel):
    """An answer takes its fields from what an action gave."""

    model_config = ConfigDict(from_attributes=True)


class Filed(Answer):
    """The receipt; the PIN is shown this once."""

    id: UUID
    tracking_reference: str
    pin: str
    filed_at: datetime


class Happening(Answer):
    """One event; `words` are an official's, None where there are none or they are confidential."""

    at: datetime
    type: str
    sentence: str
    words: str | None


class PublicTimeline(Answer):
    """Where a complaint stands, by its official label, and all that has happened."""

    tracking_reference: str
    kind: str
    filed_at: datetime
    status: str
    holder: str | None
    overdue: bool
    step: int
    timeline: Sequence[Happening]


class WholeComplaint(PublicTimeline):
    """What the reporter filed and what became of it, with all words."""

    id: UUID
    channel: str
    region: str | None
    agency: str | None
    anonymous: bool
    confidential: bool
    title: str | None
    text: str
    address: str | None
    happened_at: datetime | None


class NewComplaints(Body):
    """Complaints that are filed together: all of them or none."""

    complaints: Annotated[list[actions.NumberedComplaint], Field(min_length=1, max_length=1_000)]


def answered(receipt: actions.Receipt, response: Response) -> Filed:
    """The answer to a filing, which holds a secret and is therefore kept by no cache."""
    response.headers["Location"] = f"/intake/complaints/{receipt.tracking_reference}"
    response.headers["Cache-Control"] = "no-store"
    return Filed.model_construct(
        id=receipt.id, tracking_reference=receipt.tracking_reference, pin=receipt.pin, filed_at=receipt.filed_at
    )


@router.post("/complaints", status_code=201, dependencies=[Depends(public)])
async def file_complaint(
    new: actions.NewComplaint, response: Response, service: Here, idempotency_key: Key = None
) -> Filed:
    """File one complaint. It is durable when this answers; the same Idempotency-Key gives the same answer."""
    filing = actions.filing_of(new, idempotency_key, service.now())
    return answered(await service.submit(actions.file_complaints, filing), response)


@router.post("/complaints:batch", status_code=201)
async def file_complaints(
    body: NewComplaints, response: Response, service: Here, who: Sender, one_key: NoKey = None
) -> list[Filed]:
    """File up to 1,000 complaints, all or nothing, each once for its `idempotency_key`; the receipts in their order."""
    if one_key is not None:
        raise OneKeyForMany(field="Idempotency-Key")
    filings = filings_of(body.complaints, who.subject, service.now())
    response.headers["Cache-Control"] = "no-store"
    return [Filed.model_validate(receipt) for receipt in await service.submit(actions.file_together, filings)]


@router.get("/complaints/{reference}")
async def read_complaint(
    reference: str, response: Response, service: Here, pin: Annotated[str, Depends(reporter)]
) -> WholeComplaint:
    """The whole complaint, for whoever holds its PIN."""
    dossier = await service.read(actions.read_dossier, reference, pin)
    response.headers["Cache-Control"] = "no-store"
    return WholeComplaint.model_validate({**_fields(dossier.follow), **_fields(dossier)})


@router.get("/complaints/{reference}/timeline", dependencies=[Depends(public)])
async def read_timeline(reference: str, service: Here) -> PublicTimeline:
    """Where a complaint stands, who must act, and all that has happened; never who reported."""
    return PublicTimeline.model_validate(await service.read(actions.read_timeline, reference))


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__slots__}  # type: ignore[attr-defined]
