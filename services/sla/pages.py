"""The public board in a browser: this year in numbers and the complaints that have waited longest, in Indonesian."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from services.sla import actions
from shared.auth import public
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
JAKARTA = ZoneInfo("Asia/Jakarta")
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
CLOCKS = {"verification": "Verifikasi", "follow_up": "Tindak lanjut", "resolution": "Penyelesaian"}
STEPS = ("belum naik", "pimpinan instansi", "pimpinan instansi di atasnya", "provinsi dan admin nasional")


def day(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime) -> str:
    """A moment as a person reads it: Jakarta's time, and said so."""
    local = value.astimezone(JAKARTA)
    return f"{day(local)} pukul {local:%H.%M} WIB"


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
