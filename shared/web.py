"""The HTTP side that all services share: one app, its limits, and problem details (RFC 9457) for every error."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from time import perf_counter
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from shared.batch import Action
from shared.db import DRIVER_ERRORS, is_outage
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unauthenticated
from shared.language import language_of
from shared.openapi import PROBLEM_JSON, refusal, with_refusals
from shared.phrases import explain, title
from shared.service import Site
from shared.telemetry import log, request_seconds

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Scope = MutableMapping[str, Any]

MOST_FIELDS = 100  # of a form; a route that takes files has limits of its own

STATUS: dict[type[Refusal], int] = {Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, Invalid: 422}


def site_of(name: str) -> Callable[[HTTPConnection], Awaitable[Site]]:
    """A dependency that gives a router the site of its own service."""

    async def site(connection: HTTPConnection) -> Site:
        found: Site = connection.app.state.sites[name]
        return found

    return site


def act(site: Site, action: Action[Item, Outcome], item: Item) -> Awaitable[Outcome]:
    """To await an action in the group commit; it has committed before the answer leaves.

    Code after `yield` in a FastAPI dependency runs after the response, so no dependency may ever commit.
    """
    return site.commits.submit(site, action, item)


async def ask(site: Site, question: Callable[..., Awaitable[Outcome]], *values: Any) -> Outcome:
    """Run a reading action in a transaction of its own."""
    async with site.db.begin(site) as tx:
        return await question(tx, *values)


class App(FastAPI):
    """An app whose OpenAPI document says how it refuses."""

    def openapi(self) -> dict[str, Any]:
        return with_refusals(super().openapi())

    def build_middleware_stack(self) -> Any:
        """Ours stand outside FastAPI's own, whose limit of bodies answers in plain text."""
        return RequestTiming(RequestLimits(super().build_middleware_stack()))


def create_app(sites: Sequence[Site], keys: Any, body_limit: int) -> FastAPI:
    app = App(
        title="Tanggap",
        version="0.1.0",
        description="Complaint handling for tiered governments.",
        responses={"default": refusal("Every other refusal.")},
        max_body_size=body_limit,
        form_limits={"max_files": 0, "max_fields": MOST_FIELDS},
    )
    app.state.sites = {site.name: site for site in sites}
    app.state.keys = keys
    for site in sites:
        for router in site.service.routers:
            app.include_router(router, prefix=f"/{site.name}", tags=[site.name])
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    # Named, for what only `Exception` catches is raised again behind the answer and counted as a 500.
    named = (OSError, SQLAlchemyError, *DRIVER_ERRORS, RecursionError, json.JSONDecodeError, UnicodeError)
    for kind in (*named, Exception):
        app.add_exception_handler(kind, _failed)
    return app


class RequestTiming:
    """Times every request, and answers one that the end of the server cuts short."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0

        async def noted_send(message: Scope) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted_send)
        except asyncio.CancelledError:
            if not status:  # A server that ends waits so long for the rest of a request, and no longer.
                await problem(Request(scope), 503)(scope, receive, noted_send)
            raise
        finally:
            request_seconds.labels(_template(scope), status or 500).observe(perf_counter() - started)


class RequestLimits:
    """Refuses a length that is none and NUL in an address, and has a body that is too large refused in our words."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and _is_unreadable(scope):
            await problem(Request(scope), 400)(scope, receive, send)
            return
        refused = False

        async def told_send(message: Scope) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 413:
                refused = True
                await problem(Request(scope), 413)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, told_send)


def _is_unreadable(scope: Scope) -> bool:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    # No text may hold a NUL: not a path of ours, nor a value in the database.
    return not declared.isdigit() or len(declared) > 15 or "\x00" in scope["path"] or b"%00" in scope["query_string"]


HEADERS: dict[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}


def _template(scope: Scope) -> str:
    """The path as its route declares it, with the service's prefix, which FastAPI may leave to the router above."""
    path: str = getattr(scope.get("route"), "path", "")
    service = scope["path"][1:].partition("/")[0]
    if not path or service not in scope["app"].state.sites or path.startswith(f"/{service}/"):
        return path or "unknown"
    return f"/{service}{path}"


def problem(
    request: HTTPConnection, status: int, *, name: str = "about:blank", reason: str | None = None, **more: Any
) -> JSONResponse:
    """Problem details in the language that the caller prefers, or else in Indonesian."""
    language = language_of(request.headers.get("accept-language"))
    body = {"type": name, "title": reason or title(status, language), "status": status, **more}
    headers = {"Content-Language": language, "Vary": "Accept-Language", **HEADERS.get(status, {})}
    return JSONResponse(body, status, headers, PROBLEM_JSON)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    more = {key: value for key, value in (("detail", error.detail), ("field", error.field)) if value}
    reason = error.message(language_of(request.headers.get("accept-language")))
    return problem(request, status, name=f"urn:tanggap:{type(error).__name__}", reason=reason, **more)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    language = language_of(request.headers.get("accept-language"))
    errors = [explain(entry, language) for entry in error.errors()]
    malformed = any(entry["type"] == "json_invalid" for entry in error.errors())
    return problem(request, 400 if malformed else 422, name="urn:tanggap:Invalid", errors=errors)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # FastAPI raises 400 for a body it cannot read, such as one nested too deeply.
    answer = problem(request, error.status_code)
    answer.headers.update(error.headers or {})  # such as Allow, which names the methods there are
    return answer


async def _failed(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RecursionError | json.JSONDecodeError | UnicodeError):
        return problem(request, 400)
    if is_outage(error):
        log.warning("request refused during an outage", path=request.url.path, error=repr(error))
        return problem(request, 503)
    log.error("request failed", path=request.url.path, exc_info=error)
    return problem(request, 500)
