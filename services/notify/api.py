"""The ledger's door for operators and overseers; no address ever leaves by it."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from services.notify.actions import ledger
from shared.http.app import running_service
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()
Here = Annotated[RunningService[Any], Depends(running_service("notify"))]
LARGEST = 2**63 - 1
State = Literal["waiting", "sending", "sent", "failed", "skipped"]


class Message(BaseModel):
    """A message as the ledger has it: to whom in which role, never at which address."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    complaint_id: UUID
    reference: str | None
    kind: Literal["reporter", "seat"]
    agency: str | None
    role: str | None
    channel: str
    template: str
    template_version: str | None
    state: State
    reason: str | None
    smtp_code: int | None
    attempts: int
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None


class Count(BaseModel):
    """How many messages share a state and a reason."""

    model_config = ConfigDict(from_attributes=True)

    state: State
    reason: str | None
    messages: int


class Retry(BaseModel):
    """The message that is tried again."""

    message_id: int


@router.get("/messages")
async def messages(
    service: Here,
    who: Annotated[Official, Depends(official("operator", "admin", "overseer"))],
    complaint_id: UUID | None = None,
    state: State | None = None,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Message]:
    """The ledger in the order written; `after` is the last id of the page before. Overseers see what is open."""
    wanted = partial(ledger.messages, sees_confidential=who.role != "overseer")
    rows = await service.read(wanted, complaint_id, state, after, limit)
    return [Message.model_validate(row) for row in rows]


@router.get("/summary")
async def summary(service: Here, who: Annotated[Official, Depends(official("operator", "admin"))]) -> list[Count]:
    """How many messages wait, were sent, failed or were skipped, and why."""
    return [Count.model_validate(row) for row in await service.read(ledger.summary)]


@router.post("/messages/{id}/retries", status_code=202)
async def retry(
    service: Here,
    who: Annotated[Official, Depends(official("operator", "admin"))],
    id: Annotated[int, Path(ge=1, le=LARGEST)],
) -> Retry:
    """Have a failed or skipped message tried again."""
    return Retry(message_id=await service.submit(ledger.retry_messages, id))
