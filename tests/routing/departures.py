"""Agencies of one's own that leave the directory, and the cases that they leave behind."""

from pathlib import Path
from typing import Any

from services.routing.actions.departures import take_over_once
from shared.events import AgencyPublished
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.routing.complaints import rows_of
from tests.services import staged

HEAD = "code,name,tier,parent,region,zone,field,liaison,coordinator,leader,leader_email,approver,successor\n"
OLD = "35.78.LAMA,Dinas Lama,unit,35.78,35.78,WIB,,Penghubung,,Kepala,kepala@lama.example,none,\n"
OTHER = "35.78.LAIN,Dinas Lain,unit,35.78,35.78,WIB,,Penghubung,,Kepala,kepala@lain.example,none,\n"
LEAVES, STAYS = "35.78.LAMA", "35.78.LAIN"


def to(successor: str, code: str = LEAVES) -> str:
    """The row of an agency that has left."""
    return f"{code},,,,,,,,,,,,{successor}\n"


def write(overlay: Path, *rows: str, head: str = HEAD) -> None:
    overlay.write_text(head + "".join(rows), encoding="utf-8")


async def started(make_service: ServiceMaker, overlay: Path, *rows: str, **changes: Any) -> RunningService:
    """Routing as it starts with these rows."""
    write(overlay, *rows)
    return await make_service("routing", directory_overlay=overlay, **changes)


async def published(service: RunningService) -> list[tuple[str, bool, str | None]]:
    facts = [fact for fact in await staged(service) if isinstance(fact, AgencyPublished)]
    return [(fact.code, fact.departed, fact.successor) for fact in facts]


async def swept(service: RunningService) -> int:
    total = 0
    while done := await take_over_once(service):
        total += done
    return total


async def cases(service: RunningService) -> list[Any]:
    statement = "SELECT id, holder, verifier, state, transfers, departures FROM cases ORDER BY filed_at, id"
    return [tuple(row)[1:] for row in await rows_of(service, statement)]
