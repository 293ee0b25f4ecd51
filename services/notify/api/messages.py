"""The doors of the ledger, for operators, administrators and overseers; no address ever leaves by them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from services.notify.actions import messages
from services.notify.actions.messages import LedgerEntry, LedgerQuery, MessageCount
from services.notify.state import State
from shared.http.app import running_service
from shared.http.paging import LARGEST_ID, After, Page, cursor_of, number, position_in
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService
from shared.vocabulary import MessageState

router = APIRouter()
Notify = Annotated[RunningService[State], Depends(running_service("notify"))]


class Retry(BaseModel):
    """The message that is tried again."""

    message_id: int


@router.get("/messages")
async def list_messages(
    service: Notify,
    caller: Annotated[Official, Depends(official("operator", "admin", "overseer"))],
    complaint_id: UUID | None = None,
    state: MessageState | None = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[LedgerEntry]:
    """The ledger in the order in which it was written; of sensitive complaints nothing.

    Overseers do not see messages about confidential complaints.
    """
    (last,) = position_in(after, number(LARGEST_ID)) if after else (0,)
    # One entry more than the page holds shows whether there is another page.
    query = LedgerQuery(last, limit + 1, complaint_id, state, with_confidential=caller.role != "overseer")
    found = await service.read(messages.list_messages, query)
    return Page(items=found[:limit], next=cursor_of(found[limit - 1].id) if len(found) > limit else None)


@router.get("/summary")
async def count_messages(
    service: Notify, caller: Annotated[Official, Depends(official("operator", "admin"))]
) -> list[MessageCount]:
    """How many messages wait, were sent, failed or were skipped, and why."""
    return list(await service.read(messages.count_messages))


@router.post("/messages/{id}/retries", status_code=202)
async def retry_message(
    service: Notify,
    caller: Annotated[Official, Depends(official("operator", "admin"))],
    id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
) -> Retry:
    """Have a failed or skipped message tried again."""
    return Retry(message_id=await service.submit(messages.retry_messages, id))
