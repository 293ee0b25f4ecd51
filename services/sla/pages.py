"""The public board in a browser: this year in numbers and the complaints that have waited longest, in Indonesian."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from services.sla import actions
from shared.auth import public
from shared.indonesian import day, moment
from shared.service import Site
from shared.web import ask, site_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
OurSite = Annotated[Site, Depends(site_of("sla"))]
ROOM = Path(__file__).parent / "templates"
STYLE = (ROOM / "style.css").read_text(encoding="utf-8")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
CLOCKS = {"verification": "Verifikasi", "follow_up": "Tindak lanjut", "resolution": "Penyelesaian"}
STEPS = ("belum naik", "pimpinan instansi", "pimpinan instansi di atasnya", "provinsi dan admin nasional")


def number(value: float | None) -> str:
    """A whole number with points, a mean with one decimal and a comma, as Indonesian writes them."""
    if value is None:
        return "tidak ada"
    return (
        f"{value:,.1f}".translate(str.maketrans(",.", ".,"))
        if isinstance(value, float)
        else f"{value:,}".replace(",", ".")
    )


templates = Environment(loader=FileSystemLoader(ROOM), autoescape=True)
templates.filters |= {"day": day, "moment": moment, "number": number}


@router.get("/")
async def board(site: OurSite) -> Response:
    shown = await ask(site, actions.board)
    page = templates.get_template("board.html").render(**shown, clocks=CLOCKS, steps=STEPS)
    return HTMLResponse(page, headers={**HEADERS, "Cache-Control": "public, max-age=60"})


@router.get("/pages/style.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css", headers={**HEADERS, "Cache-Control": "public, max-age=3600"})
