"""Pages for people: server-rendered from one folder, without JavaScript, under one set of headers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from shared.language import day, moment, number

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
FILTERS: Mapping[str, Callable[..., str]] = {"day": day, "moment": moment, "number": number}


class Pages:
    """The templates of one service and their `style.css`."""

    def __init__(self, folder: Path) -> None:
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
        self._templates.filters |= FILTERS
        self._style = (folder / "style.css").read_bytes()

    def show(self, name: str, status: int = 200, *, kept_seconds: int = 0, **values: Any) -> Response:
        """A page, kept by nobody unless it is the same for everyone for so many seconds."""
        return HTMLResponse(self._templates.get_template(name).render(values), status, _headers(kept_seconds))

    async def style(self) -> Response:
        return Response(self._style, media_type="text/css", headers=_headers(3_600))


def _headers(kept_seconds: int) -> dict[str, str]:
    return {**HEADERS, **({"Cache-Control": f"public, max-age={kept_seconds}"} if kept_seconds else {})}
