"""Routing where an agency names an approver, and a draft that waits there."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, answer_text
from tests.routing.complaints import assigned, empty_outbox, post, verify

HEAD = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,"
    "leader,leader_email,approver,duty_officer\n"
)


def overlay_row(approver: str, code: str = ROADS) -> str:
    """A unit of the city with a liaison and a leader, whose answers this seat approves."""
    seats = f"Penghubung,p@{code}.example,,,Kepala,k@{code}.example"
    return f"{code},Dinas {code},unit,{CITY},{CITY},WIB,roads,{seats},{approver},\n"


async def with_approver(make_service: ServiceMaker, folder: Path, approver: str = "leader") -> RunningService:
    path = folder / "approver.csv"
    path.write_text(HEAD + overlay_row(approver), encoding="utf-8")
    service = await make_service("routing", directory_overlay=path)
    await empty_outbox(service)
    return service


async def verified(client: httpx.AsyncClient, service: RunningService, **changes: Any) -> UUID:
    """A complaint that lies with the unit, with an empty outbox."""
    id = await assigned(service, **changes)
    await verify(client, service, id)
    await empty_outbox(service)
    return id


async def drafted(client: httpx.AsyncClient, service: RunningService, id: UUID, text: str = "") -> Any:
    """The liaison's answer, which waits."""
    answer = await post(client, service, id, "answers", "liaison", ROADS, text=text or answer_text(id))
    assert answer.status_code == 201 and answer.json()["kind"] == "draft", answer.text
    return answer.json()
