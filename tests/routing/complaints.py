"""Complaints that routing has assigned, and how officials act on them over HTTP."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.events import ComplaintFiled
from shared.service import RunningService
from tests.make import CITY, answer_text, filed, follow_up_text, hear
from tests.services import bearer

NARRATIVE = "Jalan berlubang di depan sekolah"
# Bodies of a verification, of a follow-up, of an answer and of an archiving.
VERIFY = {"classification": "complaint"}
WORDS = {"text": follow_up_text()}
ANSWER = {"text": answer_text()}
ARCHIVE = {"reason": "no_authority", "text": "Persoalan ini diputus oleh pengadilan."}


def sealed_complaint(service: RunningService, id: UUID | None = None, **changes: Any) -> ComplaintFiled:
    """A complaint of the city about a road, whose narrative routing can open."""
    id = id or uuid4()
    narrative = {"title": "Jalan rusak", "text": NARRATIVE, "address": "Jalan Contoh 1", "happened_at": None}
    sealed = service.state.vault.seal(json.dumps(narrative), str(id))
    return filed(id, **{"region": CITY, "sealed": sealed, **changes})


async def assigned(service: RunningService, **changes: Any) -> UUID:
    """The id of a complaint that routing has received and assigned."""
    fact = sealed_complaint(service, **changes)
    await hear(service, fact)
    return fact.complaint_id


async def get(
    client: httpx.AsyncClient, service: RunningService, path: str, role: str, agency: str | None
) -> httpx.Response:
    return await client.get(f"/routing{path}", headers=bearer(service, role, agency))


async def post(
    client: httpx.AsyncClient,
    service: RunningService,
    id: UUID,
    act: str,
    role: str,
    agency: str | None,
    key: str = "",
    /,
    **body: Any,
) -> httpx.Response:
    headers = {**bearer(service, role, agency), **({"Idempotency-Key": key} if key else {})}
    return await client.post(f"/routing/complaints/{id}/{act}", json=body, headers=headers)


async def verify(client: httpx.AsyncClient, service: RunningService, id: UUID, agency: str | None = None) -> None:
    body = {**VERIFY, **({"agency": agency} if agency else {})}
    answer = await post(client, service, id, "verifications", "coordinator", CITY, **body)
    assert answer.status_code == 201, answer.text


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and the name of a refusal."""
    return answer.status_code, answer.json()["type"].removeprefix("urn:tanggap:")


async def empty_outbox(service: RunningService) -> None:
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")


async def rows_of(service: RunningService, statement: str, **values: Any) -> Sequence[Any]:
    async with service.begin() as tx:
        return (await tx.execute(statement, values)).all()


async def waits_for_lock(service: RunningService, *tasks: "asyncio.Task[Any]") -> bool:
    """Whether each task waits for a lock of another transaction before any of them ends."""
    while not any(task.done() for task in tasks):
        if len(await rows_of(service, "SELECT 1 FROM pg_locks WHERE NOT granted")) >= len(tasks):
            return True
    return False
