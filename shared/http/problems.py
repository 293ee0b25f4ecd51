"""Problem details (RFC 9457): what is answered when a request is refused or fails."""

import json
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from shared.db.outages import is_outage
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unauthenticated
from shared.http.openapi import PROBLEM_JSON
from shared.http.phrases import explain, title
from shared.language import language_of
from shared.telemetry import log

STATUS: dict[type[Refusal], int] = {Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, Invalid: 422}
HEADERS: dict[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}


def problem(
    request: HTTPConnection, status: int, *, name: str = "about:blank", reason: str | None = None, **more: Any
) -> JSONResponse:
    """Problem details in the language that the caller prefers, or else in Indonesian."""
    language = language_of(request.headers.get("accept-language"))
    body = {"type": name, "title": reason or title(status, language), "status": status, **more}
    headers = {"Content-Language": language, "Vary": "Accept-Language", **HEADERS.get(status, {})}
    return JSONResponse(body, status, headers, PROBLEM_JSON)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal, the same at every door."""
    return next(status for kind, status in STATUS.items() if isinstance(refusal, kind))


async def on_refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    status = status_of(error)
    more = {key: value for key, value in (("detail", error.detail), ("field", error.field)) if value}
    reason = error.message(language_of(request.headers.get("accept-language")))
    return problem(request, status, name=f"urn:tanggap:{type(error).__name__}", reason=reason, **more)


async def on_invalid_input(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    language = language_of(request.headers.get("accept-language"))
    errors = [explain(entry, language) for entry in error.errors()]
    malformed = any(entry["type"] == "json_invalid" for entry in error.errors())
    return problem(request, 400 if malformed else 422, name="urn:tanggap:Invalid", errors=errors)


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # FastAPI raises 400 for a body it cannot read, such as one nested too deeply.
    answer = problem(request, error.status_code)
    answer.headers.update(error.headers or {})  # such as Allow, which names the methods there are
    return answer


async def on_failure(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RecursionError | json.JSONDecodeError | UnicodeError):
        return problem(request, 400)
    if is_outage(error):
        log.warning("request refused during an outage", path=request.url.path, error=repr(error))
        return problem(request, 503)
    log.error("request failed", path=request.url.path, exc_info=error)
    return problem(request, 500)
