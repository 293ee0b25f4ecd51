"""A citizen at the door of intake: complaints to file, their receipts, and officials' words sealed for them."""

from typing import Any
from uuid import UUID

import httpx
import orjson

from services.intake.state import State
from shared.service import RunningService

Intake = RunningService[State]
CONTACT = {"name": "Sri Wahyuni", "email": "sri.wahyuni@contoh.id", "phone": "+62 812-3456-7890"}


def complaint(**fields: Any) -> dict[str, Any]:
    """The body of a complaint."""
    return {"text": "Lampu jalan di depan sekolah padam.", **fields}


async def file(client: httpx.AsyncClient, key: str | None = None, **fields: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post("/intake/complaints", json=complaint(**fields), headers=headers)


async def receipt(client: httpx.AsyncClient, **fields: Any) -> dict[str, str]:
    """The receipt of a complaint that was filed with these fields."""
    answer = await file(client, **fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


def words(service: Intake, complaint_id: str, text: str) -> str:
    """An official's words, sealed as routing seals them."""
    return service.state.narrative.seal(orjson.dumps({"text": text}).decode(), str(UUID(complaint_id)))


def fields_of(answer: httpx.Response) -> list[str]:
    """The fields that a refusal names."""
    problem = answer.json()
    return [problem["field"]] if "field" in problem else [error["field"] for error in problem["errors"]]


async def counted(service: Intake, *tables: str) -> list[int]:
    """The number of rows in these tables."""
    async with service.begin() as tx:
        return [(await tx.execute(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]
