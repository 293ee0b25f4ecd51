"""What the tests of intake share: complaints to file, and events that come back over the bus."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import orjson

from shared import inbox
from shared.bus import Message
from shared.events import AgencyRef, Event, Fact, encode, event_of
from shared.service import RunningService

ROADS = AgencyRef(code="35.78.pu", name="Dinas Bina Marga Kota Surabaya", tier="unit", zone="Asia/Jakarta")
KOMINFO = AgencyRef(code="35.78.kominfo", name="Dinas Kominfo Kota Surabaya", tier="unit", zone="Asia/Jakarta")
CONTACT = {"name": "Sri Wahyuni", "email": "sri.wahyuni@contoh.id", "phone": "+62 812-3456-7890"}


def complaint(**fields: Any) -> dict[str, Any]:
    return {"text": "Lampu jalan di depan sekolah padam.", **fields}


async def file(client: httpx.AsyncClient, key: str | None = None, **fields: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post("/intake/complaints", json=complaint(**fields), headers=headers)


async def receipt(client: httpx.AsyncClient, **fields: Any) -> dict[str, str]:
    answer = await file(client, **fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def receive(service: RunningService, *facts: Fact) -> list[Event[Any]]:
    """The service hears these facts, in this order, at the clock's present moment."""
    events = [event_of(fact, service.now()) for fact in facts]
    await redeliver(service, events)
    return events


async def redeliver(service: RunningService, events: Sequence[Event[Any]]) -> None:
    await inbox.receive(service, [Message(event.fact.topic, event.subject, encode(event)) for event in events])


def words(service: RunningService, complaint_id: str, text: str) -> str:
    """An official's words, sealed as routing seals them."""
    return service.state.narrative.seal(orjson.dumps({"text": text}).decode(), str(UUID(complaint_id)))


async def counted(service: RunningService, *tables: str) -> list[int]:
    async with service.begin() as tx:
        return [(await tx.execute(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]
