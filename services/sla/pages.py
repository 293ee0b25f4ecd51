"""The public board in a browser: this year's figures and the complaints that have waited longest, in Indonesian."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.sla.actions import board
from services.sla.state import State
from shared.http.app import running_service
from shared.http.pages import Pages
from shared.identity.callers import public
from shared.service import RunningService
from shared.vocabulary import CLIMB_NAMES, CLOCK_NAMES

router = APIRouter(include_in_schema=False)
Sla = Annotated[RunningService[State], Depends(running_service("sla"))]
pages = Pages(Path(__file__).parent / "templates")

router.add_api_route("/pages/style.css", pages.style)


@router.get("/")
@public
async def show_board(service: Sla) -> Response:
    shown = await service.read(board.board)
    # Empty where intake has the same address.
    intake = service.state.settings.intake_url.rstrip("/")
    words = {"clock_names": CLOCK_NAMES, "climb_names": CLIMB_NAMES}
    return pages.show("board.html", kept_seconds=60, board=shown, intake=intake, **words)
