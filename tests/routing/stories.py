"""Complaints as intake tells of them, and the short ways of these tests to act on them."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared import inbox
from shared.bus import Message
from shared.events import ComplaintFiled, Fact, encode, event_of
from shared.service import RunningService
from tests.house import MONDAY, bearer

CITY, UNIT, OTHER = "35.78", "35.78.DPUPR", "35.78.DISHUB"
SECRET = "Jalan berlubang di depan sekolah"


def filed(service: RunningService, id: UUID | None = None, **changes: Any) -> ComplaintFiled:
    id = id or uuid4()
    told = {"title": "Jalan rusak", "text": SECRET, "address": "Jalan Contoh 1", "happened_at": None}
    sealed = service.state.vault.seal(json.dumps(told), str(id))
    fact = ComplaintFiled(
        complaint_id=id,
        reference=f"T-{id.hex[:8]}",
        filed_at=MONDAY,
        kind="complaint",
        channel="web",
        region=CITY,
        sealed=sealed,
    )
    return fact.model_copy(update=changes)


async def hear(service: RunningService, *facts: Fact) -> None:
    messages = [Message(fact.topic, fact.key, encode(event_of(fact, service.now()))) for fact in facts]
    await inbox.receive(service, messages)


async def told(service: RunningService, **changes: Any) -> str:
    """A complaint that routing has heard of; its id."""
    fact = filed(service, **changes)
    await hear(service, fact)
    return str(fact.complaint_id)


async def post(
    client: httpx.AsyncClient,
    service: RunningService,
    id: str,
    act: str,
    role: str,
    agency: str | None,
    key: str = "",
    /,
    **body: Any,
) -> httpx.Response:
    headers = {**bearer(service, role, agency), **({"Idempotency-Key": key} if key else {})}
    return await client.post(f"/routing/complaints/{id}/{act}", json=body, headers=headers)


async def verified(client: httpx.AsyncClient, service: RunningService, id: str, agency: str | None = None) -> None:
    body = {"classification": "complaint", **({"agency": agency} if agency else {})}
    answer = await post(client, service, id, "verifications", "coordinator", CITY, **body)
    assert answer.status_code == 201, answer.text


async def empty_outbox(service: RunningService) -> None:
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")


async def rows(service: RunningService, statement: str, **values: Any) -> Sequence[Any]:
    async with service.begin() as tx:
        return (await tx.execute(statement, values)).all()
