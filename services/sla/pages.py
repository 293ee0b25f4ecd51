"""The public board and the limits of a complaint in a browser, in Indonesian, without JavaScript."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.sla.actions import board, limits
from services.sla.state import State
from shared.errors import UnknownComplaint
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
    return pages.show(
        "board.html",
        kept_seconds=60,
        board=shown,
        intake=_intake(service),
        clock_names=CLOCK_NAMES,
        climb_names=CLIMB_NAMES,
    )


@router.get("/pages/complaints/{reference}")
@public
async def show_limits(reference: str, service: Sla) -> Response:
    """The limits of a complaint: which run, whose they are, until when, and who was told once they had passed."""
    try:
        shown = await service.read(limits.limits_of, reference)
    except UnknownComplaint:
        return pages.show("unknown.html", 404, reference=reference, intake=_intake(service))
    return pages.show("limits.html", shown=shown, intake=_intake(service))


def _intake(service: RunningService[State]) -> str:
    """What links to the page of a complaint begin with: nothing where intake has the same address."""
    return service.settings.intake_url.rstrip("/")
