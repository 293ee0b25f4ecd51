"""Pages for people: server-rendered from one folder, without JavaScript, under one set of headers."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from shared.identity.callers import public
from shared.language import INDONESIAN, day, limit, moment, number, translate, translate_many

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# Whether the officials of this installation are examples; the app says so around each of its requests.
officials_are_examples: ContextVar[bool] = ContextVar("officials_are_examples", default=False)
# What the pages of all services share: the banner of an installation whose officials are examples, and its style.
SHARED = Path(__file__).parent / "templates"
FILTERS: Mapping[str, Callable[..., str]] = {"day": day, "limit": limit, "moment": moment, "number": number}


class Pages:
    """The templates of one service and their `style.css`."""

    def __init__(self, folder: Path) -> None:
        self._templates = Environment(loader=FileSystemLoader((folder, SHARED)), autoescape=True)
        self._templates.filters |= FILTERS
        self._style = (folder / "style.css").read_bytes() + (SHARED / "banner.css").read_bytes()

    def show(
        self, name: str, status: int = 200, *, kept_seconds: int = 0, language: str | None = None, **values: Any
    ) -> Response:
        """A page, kept by nobody unless it is the same for everyone for so many seconds.

        One that speaks the reader's language is given it, as `language_of` chose it; the others are Indonesian.
        """
        written = self._templates.get_template(name).render(_words(language or INDONESIAN), **values)
        return HTMLResponse(written, status, _headers(kept_seconds) | _in(language))

    @public
    async def style(self) -> Response:
        return Response(self._style, media_type="text/css", headers=_headers(3_600))


def _headers(kept_seconds: int) -> dict[str, str]:
    return {**HEADERS, **({"Cache-Control": f"public, max-age={kept_seconds}"} if kept_seconds else {})}


def _in(language: str | None) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language"} if language else {}


def _words(language: str) -> dict[str, Any]:
    """What a template says in the reader's language: `_(text)`, and `_many(one, many, n)` by the number.

    `are_examples` tells it whether to show the banner.
    """

    def one(text: str, **values: Any) -> str:
        return translate(text, language, **values)

    def many(one: str, many: str, n: int) -> str:
        return translate_many(one, many, n, language)

    return {"language": language, "_": one, "_many": many, "are_examples": officials_are_examples.get()}
