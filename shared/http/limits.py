"""Limits of every request, in our words where FastAPI refuses a body; and how long each request took."""

import asyncio
from functools import lru_cache
from time import perf_counter
from typing import Any

from fastapi import Request
from prometheus_client import Histogram
from starlette.types import Message, Receive, Scope, Send

from shared.http.problems import problem
from shared.telemetry import request_seconds

# The most fields of a form; a route that takes files, or more fields, has limits of its own.
MOST_FIELDS = 100


class Requests:
    """The outermost layer around every request.

    It times the request, refuses a bad Content-Length and a NUL in the address, answers FastAPI's refusal of a large
    body as a problem, and answers 503 to a request that is cut short when the server stops.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0

        async def noted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 413:
                    await problem(Request(scope), 413)(scope, receive, send)
            if status != 413:
                await send(message)

        try:
            if _is_unreadable(scope):
                await problem(Request(scope), 400)(scope, receive, noted_send)
            else:
                await self._app(scope, receive, noted_send)
        except asyncio.CancelledError:
            if not status:  # A server that stops waits only so long for the rest of a request.
                await problem(Request(scope), 503)(scope, receive, noted_send)
            raise
        finally:
            _seconds(_template(scope), status or 500).observe(perf_counter() - started)


@lru_cache(maxsize=1_000)
def _seconds(template: str, status: int) -> Histogram:
    """The series of a route and status; the library takes longer to find it than to count in it."""
    return request_seconds.labels(template, status)


def _is_unreadable(scope: Scope) -> bool:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    # No path of ours and no value in the database may hold a NUL.
    return not declared.isdigit() or len(declared) > 15 or "\x00" in scope["path"] or b"%00" in scope["query_string"]


def _template(scope: Scope) -> str:
    """The path as its route declares it, with the service's prefix, which FastAPI may leave to the router above."""
    path: str = getattr(scope.get("route"), "path", "")
    service = scope["path"][1:].partition("/")[0]
    if not path or service not in scope["app"].state.services or path.startswith(f"/{service}/"):
        return path or "unknown"
    return f"/{service}{path}"
