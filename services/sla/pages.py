"""The public board in a browser: this year in numbers and the complaints that have waited longest, in Indonesian."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.sla import actions
from shared.http.app import running_service
from shared.http.pages import Pages
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
OurSite = Annotated[RunningService[Any], Depends(running_service("sla"))]
pages = Pages(Path(__file__).parent / "templates")
CLOCKS = {"verification": "Verifikasi", "follow_up": "Tindak lanjut", "resolution": "Penyelesaian"}
STEPS = ("belum naik", "pimpinan instansi", "pimpinan instansi di atasnya", "provinsi dan admin nasional")

router.add_api_route("/pages/style.css", pages.style)


@router.get("/")
async def board(service: OurSite) -> Response:
    shown = await service.read(actions.board)
    return pages.show("board.html", kept_seconds=60, **shown, clocks=CLOCKS, steps=STEPS)
