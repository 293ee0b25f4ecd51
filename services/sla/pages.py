"""The public board in a browser: this year in numbers and the complaints that have waited longest, in Indonesian."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.sla import actions
from shared.auth import public
from shared.pages import Pages
from shared.service import Site
from shared.web import ask, site_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
OurSite = Annotated[Site, Depends(site_of("sla"))]
pages = Pages(Path(__file__).parent / "templates")
CLOCKS = {"verification": "Verifikasi", "follow_up": "Tindak lanjut", "resolution": "Penyelesaian"}
STEPS = ("belum naik", "pimpinan instansi", "pimpinan instansi di atasnya", "provinsi dan admin nasional")

router.add_api_route("/pages/style.css", pages.style)


@router.get("/")
async def board(site: OurSite) -> Response:
    shown = await ask(site, actions.board)
    return pages.show("board.html", kept_seconds=60, **shown, clocks=CLOCKS, steps=STEPS)
